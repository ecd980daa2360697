"""What the simulated world shows, measured as the empirical literature measures it.

Event studies: `event_time` cuts panels around events, `event_study` turns returns into abnormal
returns and cumulates them, `risk_and_volume` measures what else changes, `inference` and
`bootstrap` say how sure one may be; an `Estimate` carries the answer.
"""
