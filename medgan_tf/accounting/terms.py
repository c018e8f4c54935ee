"""Words of differential privacy for readers who do not know it."""

PRIVACY_TERMS = {
    "Differential privacy": "A promise about a training: whatever comes out of it would have come out with nearly the "
    "same probability if any one patient had not been there. It is kept by random noise in every step of the training, "
    "and it holds against every attack. It is no statement on single images.",
    "Epsilon": "How much one patient may change the probability of an outcome: by a factor of e to the power of "
    "epsilon. At 0 nothing could be learned about anybody, nor from anybody. At 1 the factor is 2.7, at 3 it is 20, at "
    "10 it is 22,000. Infinite: nothing is promised.",
    "Delta": "A small probability with which the factor of epsilon may not hold. It is to be far below 1 divided by "
    "the number of patients.",
    "Clipping": "Each patient's gradient is shortened to a largest length before all are added up, so that nobody can "
    "change a step by more than that.",
    "Noise multiplier": "The standard deviation of the noise in a step, divided by the largest length of a patient's "
    "gradient. More noise means a smaller epsilon and worse images.",
    "Poisson sampling": "Each patient takes part in a step by a coin of their own, with a probability that is the "
    "same for all. So the number of patients in a step varies, and nobody knows who took part. The accountant relies "
    "on that.",
    "Adjacency": "Which two datasets the promise compares. Here one has all images of one patient more than the other "
    "(unit: patient), or one image more (unit: image).",
    "PLD": "Privacy loss distribution: an exact way to add up what all steps cost together. It gives the epsilon to "
    "quote. Rényi differential privacy (RDP) is a simpler way, which gives a larger one.",
}
