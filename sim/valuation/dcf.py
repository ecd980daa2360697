"""Segment discounted cash flow, for many stories at once.

A story is one set of valuation inputs. With n stories, k segments and years t = 1..10:

* revenue      R_t = R_0 + w_t (R_10 − R_0), w the growth path: the gap to the year-5 waypoint
  and then to year 10 closes by 20, 30, 40, 50 and 100 % of what is left in each year of the block;
  a segment that starts after year s grows linearly from year s to year 10;
* margin       linear from base to target, EBIT_t = m_t R_t;
* reinvestment (R_t − R_{t−1}) / sales-to-capital, one ratio for years 1–5, one for years 6–10;
* tax          τ_t of years 1–5, then linear to stable in year 10, on the company's total EBIT:
  a segment's loss shelters the other segments' profit of that year. A year with a total loss
  is untaxed and not carried forward;
* cash flow    F_t = EBIT_t − tax_t − reinvestment_t, discounted by the cumulated cost of capital,
  which moves like the tax rate;
* stable phase EBIT_10 (1 + g)(1 − τ_10)(1 − g/ROIC) / (r_10 − g), g = the risk-free rate.

Enterprise value = sum over segments, times 1 − p(1 − recovery) for the probability p of failure.
Equity = enterprise value + cash + proceeds − debt. New shares are issued at intrinsic value
(value per share = (equity − proceeds) / old shares) or at a stated price.

References
----------
Damodaran (2026), SpaceX valuation workbooks of April and June. The June inputs give enterprise
value 1,224.45 bn, equity 1,301.30 bn, 13,301.95 m shares and 97.83 USD a share, as published.
The April inputs give 1,280.16 bn by these rules; the published 1,216.06 holds a slip in the
workbook's reinvestment formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.valuation.company import Company, Segment
from sim.valuation.kernel import LEAST_SPREAD, YEARS, log_values

FloatArray = NDArray[np.float64]

BN = 1e9
#: Limited liability: in logs, equity counts as at least this share of the base case's equity.
EQUITY_FLOOR = 0.01

_CLOSED = np.array([0.2, 0.44, 0.664, 0.832, 1.0])  # of the gap, by closing 20/30/40/50/100 % of it
_YEAR = np.arange(1, YEARS + 1)
_FADE = np.clip((_YEAR - 5) / 5, 0.0, 1.0)  # 0 in years 1-5, then linear to 1 in year 10


@dataclass
class Inputs:
    """Valuation inputs of n stories. Arrays may be changed in place. Money in USD.

    Segment arrays have shape (n, k), company arrays (n,), `growth_path` (k, 10).
    `issue_price` NaN means that new shares are issued at intrinsic value.
    `equity_floor` is the least equity value that `log_value_per_share` counts, USD.
    """

    segment_names: tuple[str, ...]
    growth_path: FloatArray
    base_revenue: FloatArray
    target_revenue: FloatArray
    base_margin: FloatArray
    target_margin: FloatArray
    sales_to_capital_early: FloatArray
    sales_to_capital_late: FloatArray
    cost_of_capital_initial: FloatArray
    cost_of_capital_stable: FloatArray
    tax_initial: FloatArray
    tax_stable: FloatArray
    risk_free: FloatArray
    terminal_roic: FloatArray
    failure_probability: FloatArray
    failure_recovery: FloatArray
    cash: FloatArray
    debt: FloatArray
    proceeds: FloatArray
    shares: FloatArray
    issue_price: FloatArray
    equity_floor: float = 0.0

    def __len__(self) -> int:
        return len(self.risk_free)

    def select(self, rows: Any) -> Inputs:
        """The stories of the given rows (index array, mask or slice), as copies."""
        chosen = replace(self)
        for name in _BY_STORY:
            setattr(chosen, name, np.array(getattr(self, name)[rows]))
        return chosen

    def copy(self) -> Inputs:
        """Independent copy."""
        return self.select(slice(None))


_BY_STORY = tuple(
    f.name for f in fields(Inputs) if f.name not in ("segment_names", "growth_path", "equity_floor")
)


@dataclass
class Valuation:
    """Values of n stories: USD, shares, USD a share. Detail arrays have shape (n, k, 10)."""

    segment_names: tuple[str, ...]
    enterprise_value: FloatArray
    equity_value: FloatArray
    shares: FloatArray
    value_per_share: FloatArray
    segment_value: FloatArray
    present_value_of_flows: FloatArray  # (n, k)
    present_value_of_terminal: FloatArray  # (n, k)
    detail: Mapping[str, FloatArray] = field(default_factory=dict)

    @property
    def revenue(self) -> FloatArray:
        """Revenue, USD, (n, k, 10)."""
        return self.detail["revenue"]

    @property
    def ebit(self) -> FloatArray:
        """Operating profit, USD, (n, k, 10)."""
        return self.detail["ebit"]

    @property
    def reinvestment(self) -> FloatArray:
        """Reinvestment, USD, (n, k, 10)."""
        return self.detail["reinvestment"]

    @property
    def fcff(self) -> FloatArray:
        """Free cash flow to the firm, USD, (n, k, 10)."""
        return self.detail["fcff"]


def growth_path(segment: Segment) -> FloatArray:
    """Share of the gap between base and target revenue that is closed by each year, (10,)."""
    if segment.starts_after:
        start = segment.starts_after
        return np.clip((_YEAR - start) / (YEARS - start), 0.0, 1.0)
    early = segment.waypoint * _CLOSED
    return np.concatenate([early, segment.waypoint + (1 - segment.waypoint) * _CLOSED])


def inputs_of(company: Company, n: int = 1) -> Inputs:
    """The company's own inputs, repeated for n stories."""
    parts = list(company.segments.values())

    def by_segment(values: list[float], unit: float = 1.0) -> FloatArray:
        return np.tile(np.array(values, dtype=float) * unit, (n, 1))

    def every(value: float, unit: float = 1.0) -> FloatArray:
        return np.full(n, value * unit)

    inputs = Inputs(
        segment_names=tuple(company.segments),
        growth_path=np.array([growth_path(part) for part in parts]),
        base_revenue=by_segment([part.base_revenue for part in parts], BN),
        target_revenue=by_segment([part.target_revenue for part in parts], BN),
        base_margin=by_segment([part.base_margin for part in parts]),
        target_margin=by_segment([part.target_margin for part in parts]),
        sales_to_capital_early=by_segment([part.sales_to_capital_pair[0] for part in parts]),
        sales_to_capital_late=by_segment([part.sales_to_capital_pair[1] for part in parts]),
        cost_of_capital_initial=every(company.cost_of_capital.initial),
        cost_of_capital_stable=every(company.cost_of_capital.stable),
        tax_initial=every(company.tax.initial),
        tax_stable=every(company.tax.stable),
        risk_free=every(company.risk_free),
        terminal_roic=every(company.terminal_roic),
        failure_probability=every(company.failure_probability),
        failure_recovery=every(company.failure_recovery),
        cash=every(company.cash, BN),
        debt=every(company.debt, BN),
        proceeds=every(company.proceeds, BN),
        shares=every(company.shares, BN),
        issue_price=every(np.nan if company.issue_price is None else company.issue_price),
    )
    if n:
        equity = value(inputs.select([0])).equity_value[0]
        net_assets = (company.cash + company.proceeds) * BN
        inputs.equity_floor = EQUITY_FLOOR * max(equity, net_assets, BN)
    return inputs


def value(inputs: Inputs, detail: bool = False) -> Valuation:
    """Value every story; with `detail` also revenue, EBIT, reinvestment and cash flow by year.

    Equity may come out negative here; only `log_value_per_share` applies limited liability.
    """
    fade = _FADE[None, :]
    path = inputs.growth_path[None]
    base, gap = inputs.base_revenue, inputs.target_revenue - inputs.base_revenue
    revenue = base[:, :, None] + gap[:, :, None] * path
    margin_gap = inputs.target_margin - inputs.base_margin
    ebit = revenue * (inputs.base_margin[:, :, None] + margin_gap[:, :, None] * (_YEAR / YEARS))
    step = np.diff(inputs.growth_path, prepend=0.0)[None] * gap[:, :, None]
    early = inputs.sales_to_capital_early[:, :, None]
    late = inputs.sales_to_capital_late[:, :, None]
    reinvestment = step / np.where(_YEAR <= 5, early, late)

    rate = _faded(inputs.tax_initial, inputs.tax_stable, fade)
    taxed = np.where(ebit.sum(axis=1) > 0, rate, 0.0)
    fcff = ebit * (1 - taxed[:, None, :]) - reinvestment
    spread = np.maximum(inputs.cost_of_capital_stable - inputs.risk_free, LEAST_SPREAD)
    stable = inputs.risk_free + spread
    discount = 1 / np.cumprod(1 + _faded(inputs.cost_of_capital_initial, stable, fade), axis=1)

    growth = inputs.risk_free
    final = (1 + growth) * (1 - growth / inputs.terminal_roic) / spread * discount[:, -1]
    survival = 1 - inputs.failure_probability * (1 - inputs.failure_recovery)
    terminal = ebit[:, :, -1] * ((1 - taxed[:, -1]) * final * survival)[:, None]
    flows = np.einsum("nkt,nt->nk", fcff, discount) * survival[:, None]

    segment_value = flows + terminal
    enterprise_value = segment_value.sum(axis=1)
    equity = enterprise_value + inputs.cash - inputs.debt + inputs.proceeds
    at_price = ~np.isnan(inputs.issue_price)
    price = np.where(at_price, inputs.issue_price, 1.0)
    shares_at_price = inputs.shares + inputs.proceeds / price
    per_share = np.where(
        at_price, equity / shares_at_price, (equity - inputs.proceeds) / inputs.shares
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        # at intrinsic value new shares = proceeds / value; none can be sold at a value below zero
        at_value = np.where(
            per_share > 0, inputs.shares + inputs.proceeds / per_share, inputs.shares
        )
    shares = np.where(at_price, shares_at_price, at_value)
    rows = {"revenue": revenue, "ebit": ebit, "reinvestment": reinvestment, "fcff": fcff}
    return Valuation(
        inputs.segment_names,
        enterprise_value,
        equity,
        shares,
        per_share,
        segment_value,
        flows,
        terminal,
        rows if detail else {},
    )


def log_value_per_share(inputs: Inputs, shares: float | None = None) -> FloatArray:
    """Log value per share (log USD) of every story, shape (n,), by the compiled kernel.

    Parameters
    ----------
    inputs : Inputs
    shares : float, optional
        Shares to divide the equity by, e.g. those outstanding after the offering. Without it
        new shares are issued as the inputs say.
    """
    out = np.empty(len(inputs))
    log_values(
        inputs.growth_path,
        inputs.base_revenue,
        inputs.target_revenue,
        inputs.base_margin,
        inputs.target_margin,
        inputs.sales_to_capital_early,
        inputs.sales_to_capital_late,
        inputs.cost_of_capital_initial,
        inputs.cost_of_capital_stable,
        inputs.tax_initial,
        inputs.tax_stable,
        inputs.risk_free,
        inputs.terminal_roic,
        inputs.failure_probability,
        inputs.failure_recovery,
        inputs.cash,
        inputs.debt,
        inputs.proceeds,
        inputs.shares,
        inputs.issue_price,
        inputs.equity_floor,
        0.0 if shares is None else shares,
        out,
    )
    return out


def log_value_per_share_reference(inputs: Inputs, shares: float | None = None) -> FloatArray:
    """Plain numpy twin of `log_value_per_share`, from `value`."""
    equity = np.maximum(value(inputs).equity_value, inputs.equity_floor)
    if shares is not None:
        return np.log(equity / shares)
    # at intrinsic value the proceeds belong to the new holders; the floor binds the old holders
    old = np.maximum(value(inputs).equity_value - inputs.proceeds, inputs.equity_floor)
    at_price = ~np.isnan(inputs.issue_price)
    price = np.where(at_price, inputs.issue_price, 1.0)
    per_share = np.where(
        at_price, equity / (inputs.shares + inputs.proceeds / price), old / inputs.shares
    )
    return np.log(per_share)


def _faded(initial: FloatArray, stable: FloatArray, fade: FloatArray) -> FloatArray:
    return initial[:, None] + (stable - initial)[:, None] * fade
