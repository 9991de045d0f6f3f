"""The conftest of the tests that run against mutants: few examples, the same ones each time, and the first failure do.

What hypothesis does besides would count for or against the mutant: a failure that it takes a minute to make smaller is
a timeout, and a machine that is slow at the moment fails a health check.
"""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "mutants",
    max_examples=30,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("mutants")
