"""Numbers of trainable parameters in closed form, so that they are known without building a network."""


def convolution(inputs: int, outputs: int, side: int = 3, bias: bool = True) -> int:
    """Parameters of a convolution with square kernels of `side` pixels; with side 1 also of a dense layer."""
    return side * side * inputs * outputs + (outputs if bias else 0)
