"""The study of Van Dyke and others as the R package MRMCaov prints its results: five readers, two kinds of MRI.

C. Van Dyke, R. White, N. Obuchowski and others, Cine MRI in the diagnosis of thoracic aortic dissection, 79th meeting
of the Radiological Society of North America, 1993. Ratings from 1 (no dissection) to 5 (dissection) of 69 patients
without and 45 with a dissection; the data set VanDyke of MRMCaov. B. Smith, S. Hillis, L. Pesce: MRMCaov, printed as
"treatment CIs (each analysis based only on data for the specified treatment)", which is one modality by itself.
"""

import numpy as np

WITHOUT, WITH = 69, 45
# A line for each reader: ratings of the patients without, then of those with a dissection.
_SPIN_ECHO = (
    (
        "122151111111411111111131311214111113121211233131133111111221111332111",
        "555545554555434245555555154454553555115554451",
    ),
    (
        "232222222322522232222222422223222222222222222222222222222432232222222",
        "535555542555442225555555243354552425225555352",
    ),
    (
        "222235112242422232221232411322112224121412112222223211211221151421212",
        "545555555555542355555555252255552555225555552",
    ),
    (
        "111111311111111111112111211112111111111111111111331111111111111311111",
        "555555555555555155555555554544553555125555555",
    ),
    (
        "351211112221211122113221111211211231221113332111211111111341231212113",
        "525255551545452235555554144322151515115553552",
    ),
)
_CINE = (
    (
        "333222223213122222211111421312214323123122233111333113412421241442111",
        "535555554555544335555555355355554455535555551",
    ),
    (
        "322222223222222122221222322222212212222231223222222222322322222222122",
        "535555552555344245455545252355532425525555552",
    ),
    (
        "242222322211132222121121411512112122212221132111233113221232341242121",
        "525555555555354145555555253355543555534555551",
    ),
    (
        "221111312111122111211111321212111122112111112121212211111212111323211",
        "545555554555455555555555455445555555535555555",
    ),
    (
        "223122221222111222122212322321212222112121132122332122221222231233111",
        "525455555455343335555555251332532545533555553",
    ),
)


def ratings(lines: tuple[tuple[str, str], ...]) -> np.ndarray:
    return np.array([[int(digit) for digit in without + found] for without, found in lines])


SPIN_ECHO, CINE = ratings(_SPIN_ECHO), ratings(_CINE)
"""Ratings [5 readers, 114 patients]."""
DISSECTION = np.repeat([0, 1], [WITHOUT, WITH])

# Printed: estimate, MS(R), Cov2, standard error, degrees of freedom, and the interval's ends, which are cut at 1.
SENSITIVITY = (
    (SPIN_ECHO, 0.8222222, 0.009135802, 0.001646465, 0.05893747, 14.456811, 0.6961876, 0.9482568),
    (CINE, 0.9200000, 0.005086420, 0.000382716, 0.03741657, 7.575855, 0.8328691, 1.0),
)
"""binary_sens, a rating of 3 or more counts as found; covariance by jackknife."""
AREA_DELONG = (
    (SPIN_ECHO, 0.8970370, 0.003082629, 0.0004775239, 0.03307642, 12.59597, 0.8253461, 0.9687280),
    (CINE, 0.9408374, 0.001304602, 0.0002015292, 0.02150464, 12.56530, 0.8942155, 0.9874592),
)
"""empirical_auc; covariance by DeLong's method."""
AREA_JACKKNIFE = (
    (SPIN_ECHO, 0.8970370, 0.003082629, 0.0004839618, 0.03317360, 12.74465, 0.8252236, 0.9688505),
    (CINE, 0.9408374, 0.001304602, 0.0002041879, 0.02156637, 12.71019, 0.8941378, 0.9875369),
)
"""empirical_auc; covariance by jackknife over all 114 patients."""
