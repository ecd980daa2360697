"""Calibration of behaviour by history matching, and what the targets say about each parameter.

`parameters` says what may vary and how far, `goals` which targets are fitted and which only
checked, `runs` does the runs on the sweep engine, `emulator` predicts figures where nothing was
run, `region` cuts what is implausible, `waves` goes from wave to wave, `distance` chooses the best
point, `identifiability` profiles the parameters, `record` writes ``calibrated.toml``.

    python -m experiments.evidence.calibration 2 50 results/calibration

Facts of a case or an era are never calibrated. Sources: Craig, Goldstein, Seheult and Smith (1997);
Vernon, Goldstein and Bower (2010), Bayesian Analysis 5; Andrianakis et al. (2015), PLoS
Computational Biology 11; Franke and Westerhoff (2012), Journal of Economic Dynamics and Control 36.
"""
