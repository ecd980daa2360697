"""The scorecard of calibration targets A1 to A17: what the simulated world reproduces.

`target` says how a row is judged; `offerings`, `inclusions`, `closing`, `multipliers`, `market` and
`identities` hold the rows and measure a run for them; `sources` lists the runs, `jobs` does them
and keeps what is finished; `scorecard` puts all together.
"""
