"""One kind of active funds, worked in arrays.

The funds of a family share their rules and own consecutive rows of the demand book.  Every
morning one compiled pass writes all their schedules; the equations are those of
`agents.active_fund`.  Each fund still draws its private opinion from a stream of its own, so
adding a fund leaves the others' draws as they were.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from agents.coverage import MONTH, balance
from agents.trader import rows_of, speed_per_auction

if TYPE_CHECKING:
    from agents.active_fund import ActiveFund, ActiveFundRules
    from agents.attention import Attention
    from sim.model import MarketModel
    from sim.offering.listing import Listing

Array = NDArray[np.float64]


@njit(cache=True, nogil=True)
def hurry(speed, gap, patience, panic):  # type: ignore[no-untyped-def]
    """The part of a gap in holdings closed in one auction; `gap` is log value less log price.

    The usual speed up to a gap of `patience`, all at once from `panic` on, linear in between. For
    single numbers and for arrays of any shape.
    """
    haste = np.minimum(np.maximum((np.abs(gap) - patience) / (panic - patience), 0.0), 1.0)
    return speed + (1.0 - speed) * haste


@njit(cache=True, nogil=True)
def write_schedules(  # type: ignore[no-untyped-def]
    opinion, noise, due, keep, size, log_value, learned, informed, disagreement, circulation,
    membership, tilt, cover, lean_per_dollar, shares_per_dollar, wealth, total_wealth, buying_power,
    elasticity, holdings, usual_speed, last_log_price, patience, panic,
    neutral, lean, value, cap, speed,
):  # fmt: skip
    """Move opinions on and write the schedules of ordinary stocks.

    ``due`` (funds,) says who reviews his opinions today, ``keep`` and ``size`` (ordinary stocks,)
    what is left of an opinion then and the scale of its innovation;
    ``opinion`` and ``noise`` (funds, ordinary stocks); ``log_value`` of the informed, the first
    ``informed`` funds, and ``learned`` of the others, ``disagreement``, ``circulation``,
    ``membership``, ``lean_per_dollar`` and ``shares_per_dollar`` (stocks,); ``cover`` (funds,
    stocks), 0 for what a fund does not cover; ``wealth``, ``tilt``,
    ``elasticity`` and ``buying_power`` (funds,) USD; ``usual_speed`` and ``last_log_price``
    (stocks,); ``patience`` and ``panic`` as for `hurry`; the book's rows and ``holdings`` (funds,
    stocks).
    """
    funds, ordinary = opinion.shape
    for i in range(funds):
        share = wealth[i] / total_wealth
        strength = elasticity[i] * wealth[i]
        money = buying_power[i]
        public = log_value if i < informed else learned
        if due[i]:
            for j in range(ordinary):
                opinion[i, j] = keep[j] * opinion[i, j] + size[j] * noise[i, j]
        for j in range(ordinary):
            value[i, j] = public[j] + disagreement[j] * opinion[i, j]
            speed[i, j] = hurry(usual_speed[j], value[i, j] - last_log_price[j], patience, panic)
        for j in range(neutral.shape[1]):
            part = share * (1.0 + tilt[i] * membership[j])
            neutral[i, j] = cover[i, j] * part * circulation[j]
            lean[i, j] = cover[i, j] * strength * lean_per_dollar[j]
            cap[i, j] = holdings[i, j] + money * shares_per_dollar[j]


@njit(cache=True, nogil=True)
def read_news(news, moved, spread, disagreement, noise, opinion, value):  # type: ignore[no-untyped-def]
    """Take public news into the values of funds that follow it, each in a reading of its own.

    ``news`` log, (ordinary stocks,), read as news × (1 + spread × noise) by each fund; ``moved``
    what the market's own gap moved by; what is read into it beyond the news becomes opinion.
    """
    funds, ordinary = noise.shape
    for i in range(funds):
        for j in range(ordinary):
            own = spread * news[j] * noise[i, j]
            opinion[i, j] += own
            value[i, j] += news[j] + moved + disagreement[j] * own


class FundFamily:
    """All funds of one kind.

    Parameters
    ----------
    model : MarketModel
    rules : ActiveFundRules
    funds : list of ActiveFund
        Owners of consecutive accounts.
    attention : Attention
        To single stocks.
    """

    def __init__(
        self,
        model: MarketModel,
        rules: ActiveFundRules,
        funds: list[ActiveFund],
        attention: Attention,
    ) -> None:
        self.model, self.rules, self.attention = model, rules, attention
        self.funds = funds
        n, self.rows = len(funds), rows_of(funds)
        self._rngs = [fund.rng_of_opinion for fund in funds]
        ordinary = model.universe.ordinary
        self.opinion = np.empty((n, ordinary))
        # Single precision is noise enough, and twice as fast to draw.
        self._noise = np.zeros((n, ordinary), dtype=np.float32)
        #: Each fund's stream and its row of the noise.
        self._draws = list(zip(self._rngs, self._noise, strict=True))
        for row, rng in zip(self.opinion, self._rngs, strict=True):
            row[:] = rules.opinion_volatility * rng.standard_normal(ordinary)
        #: Log of what is left of an opinion after a review at the usual pace.
        self._fading = math.log(0.5) * rules.review_days / rules.opinion_half_life
        self.speed = speed_per_auction(rules.half_life_days, model.auctions)
        model.book.speed[self.rows] = self.speed
        beliefs = model.focus.beliefs
        self.stories = {c: np.array([fund.story[c] for fund in funds]) for c in beliefs}
        #: Private opinions about the companies in focus, which move at every auction.
        self.focus_opinion = {
            c: rules.opinion_volatility * np.array([rng.standard_normal() for rng in self._rngs])
            for c in beliefs
        }
        self._value_seen = model.universe.log_value.copy()
        self._anchor_seen = 0.0
        #: Listing, grid and evening of the offering last asked for, and the bids.
        self._last_bids: tuple[Listing, Array, int, Array] | None = None
        closet = np.array([fund.closet for fund in funds])
        self.cover = np.array([fund.cover for fund in funds])
        self._partial = bool((self.cover != 1).any())
        self.tilt = np.where(closet, 1.0, rules.benchmark_tilt)
        self._compared = bool(self.tilt.any())
        self.elasticity = rules.elasticity * np.where(closet, rules.closet_lean, 1.0)
        self.membership = np.zeros(model.n_stocks)
        self.informed = round(rules.informed_share * n)
        #: What the uninformed take for value: prices lately, as log values are kept.
        self.learned = model.exchange.last_log_price.copy()
        #: Part of the funds' wealth that may tilt towards a stock, (stocks,).
        self.mandate = np.ones(model.n_stocks)
        self.mandate[list(self.stories)] = rules.mandate
        self._opening = 1 - 0.5 ** (1 / rules.mandate_half_life)
        model.scales.lean_on_value(self.rows, self.elasticity, self.mandate)
        self._focus_noise = np.zeros((len(self.stories), n, model.instants))
        model.add_actor(self)

    def bids(self, listing: Listing, grid: Array) -> Array:
        """Shares of an offering that each fund bids for at every price of the grid, USD.

        Q with the shares on offer for the circulation, padded by the indicated coverage as far as
        the fund dares and its money goes. Worked out once for all funds that are asked with the
        same grid; shape (funds, prices).
        """
        model, rules, column = self.model, self.rules, listing.column
        if self._last_bids is not None:
            for_listing, on_grid, evening, bids = self._last_bids
            if for_listing is listing and on_grid is grid and evening == model.session:
                return bids
        wealth = model.scales.wealth[self.rows]
        value = self._values(column) + model.scales.anchor
        neutral = listing.shares_on_offer * wealth / model.scales.neutral_wealth
        mandate = rules.mandate if column in self.stories else 1.0
        lean = mandate * rules.elasticity * model.scales.response() * wealth
        lean *= listing.shares_after / listing.market_value
        money = np.minimum(
            rules.max_weight * wealth, model.ledger.cash[self.rows] + rules.leverage * wealth
        )
        most = np.maximum(money, 0.0)[:, None] / grid
        wish = neutral[:, None] + lean[:, None] * (value[:, None] - np.log(grid))
        wish = np.minimum(np.maximum(wish, 0.0), most)
        pad = min(max(listing.indicated_coverage, 1.0), rules.padding)
        bids = np.asarray(np.minimum(wish * pad, most))
        self._last_bids = listing, grid, model.session, bids
        return bids

    def _values(self, column: int) -> Array:
        """Log value per share that each fund sees: story or news, and its opinion, (funds,)."""
        if column in self.stories:
            values = self.model.focus.beliefs[column].log_values
            return np.asarray(values[self.stories[column]] + self.focus_opinion[column])
        universe = self.model.universe
        opinion = universe.disagreement[column] * self.opinion[:, column]
        return np.asarray(universe.log_value[column] + opinion)

    def start_day(self) -> None:
        """Value every company, size positions by wealth, respect cash and limits."""
        model, rules, rows, book = self.model, self.rules, self.rows, self.model.book
        due = slice(-model.session % rules.review_days, None, rules.review_days)
        for rng, noise in self._draws[due]:
            rng.standard_normal(dtype=np.float32, out=noise)
        reviews = np.zeros(len(self._rngs), dtype=bool)
        reviews[due] = True
        keep = np.exp(self._fading * self.attention.pace[: self.opinion.shape[1]])
        size = rules.opinion_volatility * np.sqrt(1 - keep * keep)
        self._value_seen[:] = model.universe.log_value
        self._anchor_seen = model.scales.anchor
        self.compare_with_benchmark()
        wealth = np.maximum(model.scales.wealth[rows], 0.0)
        buying_power = np.maximum(model.ledger.cash[rows] + rules.leverage * wealth, 0.0)
        scales, universe = model.scales, model.universe
        if self.informed < len(self._rngs):  # a price has been set, and nothing else is known
            opening = model.public_record.listed_since == model.session
            self.learned[opening] = model.exchange.last_log_price[opening]
        if self._partial and model.session % MONTH == 0:
            self.cover = self._balanced(wealth)
        # what the funds that cover a stock take over from those that do not
        more = max(float(wealth.sum()), 1e-300) / np.maximum(wealth @ self.cover, 1e-300)
        write_schedules(
            self.opinion, self._noise, reviews, keep, size, universe.log_value + scales.anchor,
            self.learned, self.informed, universe.disagreement, scales.circulation * more,
            self.membership, self.tilt, self.cover, scales.lean_per_dollar * more,
            scales.shares_per_dollar, wealth, scales.neutral_wealth, buying_power,
            self.elasticity, model.ledger.holdings[rows], self.speed,
            model.exchange.last_log_price, rules.patience, rules.panic,
            book.neutral[rows], book.lean[rows], book.value[rows], book.cap[rows],
            book.speed[rows],
        )  # fmt: skip
        self._open_mandates()
        for place, column in enumerate(self.stories):
            book.lean[rows, column] *= self.mandate[column]
            limit = rules.max_weight * wealth * model.scales.shares_per_dollar[column]
            # The limit is tested when shares are bought: nobody has to sell because they rose.
            limit = np.maximum(limit, model.ledger.holdings[rows, column])
            book.cap[rows, column] = np.minimum(book.cap[rows, column], limit)
            # Everybody has prepared for a first trade: nobody is slow in the opening cross.
            book.speed[rows, column] = 1.0 if model.opens_today(column) else self.speed[column]
            for draws, rng in zip(self._focus_noise[place], self._rngs, strict=True):
                rng.standard_normal(out=draws)

    def _balanced(self, wealth: Array) -> Array:
        value = self.model.scales.circulation * self.model.exchange.last_price
        chosen = np.array([fund.cover for fund in self.funds])
        return balance(chosen, wealth, np.where(self.model.universe.listed, value, 0.0))

    def _open_mandates(self) -> None:
        """Funds that had to wait for a company to join their benchmark come to it bit by bit."""
        index = self.model.indices.get(self.rules.benchmark)
        if index is None:
            return
        for column in self.stories:
            if index.members[column]:
                self.mandate[column] += self._opening * (1 - self.mandate[column])

    def compare_with_benchmark(self) -> None:
        """m of every stock: what the index these funds are measured against holds more or less."""
        index = self.model.indices.get(self.rules.benchmark)
        if index is None or not self._compared:
            return
        price = np.where(self.model.universe.listed, self.model.exchange.last_price, 0.0)
        value = price * self.model.scales.circulation
        part = float(value[index.members].sum()) / max(float(value.sum()), 1.0)
        np.subtract(index.members, part, out=self.membership)

    def _prepare_for_index_changes(self) -> None:
        """Everybody knows of the orders that index funds will place at an effective close."""
        columns = self.model.changing_at_close()
        if columns.size:
            hurried = np.maximum(self.rules.event_speed, self.speed[columns])
            self.model.book.speed[self.rows, columns] = hurried

    def before_auction(self, instant: int) -> None:
        """Take up public news; revalue the companies in focus, whose opinions move on as well."""
        model, rules = self.model, self.rules
        if instant == model.instants - 1:
            self._prepare_for_index_changes()
        if instant in (0, model.instants - 1):
            ordinary = self.opinion.shape[1]
            news = (model.universe.log_value - self._value_seen)[:ordinary]
            first, n = self.rows.start, self.informed
            read_news(
                news, model.scales.anchor - self._anchor_seen, model.world.interpretation,
                model.universe.disagreement, self._noise[:n], self.opinion[:n],
                model.book.value[first : first + n],
            )  # fmt: skip
            self._value_seen[:] = model.universe.log_value
            self._anchor_seen = model.scales.anchor
        for place, (column, stories) in enumerate(self.stories.items()):
            if not model.universe.listed[column]:
                continue
            keep = 0.5 ** (1 / (rules.opinion_half_life * model.auctions[column]))
            size = rules.opinion_volatility * math.sqrt(1 - keep**2)
            size *= 1 + model.focus.attention(column)
            opinion = self.focus_opinion[column]
            opinion *= keep
            opinion += size * self._focus_noise[place, :, instant]
            model.book.value[self.rows, column] = (
                model.focus.beliefs[column].log_values[stories] + opinion + model.scales.anchor
            )
            if model.opens_today(column):
                if instant > 1:
                    # Whoever missed the cross came in the auction after it; everybody watches the
                    # rest of the first day.
                    speed = max(rules.event_speed, float(self.speed[column]))
                    model.book.speed[self.rows, column] = speed
                continue
            gap = model.book.value[self.rows, column] - model.exchange.last_log_price[column]
            speed = hurry(self.speed[column], gap, rules.patience, rules.panic)
            if instant == model.instants - 1:  # keep the haste with which an index change is met
                speed = np.maximum(speed, model.book.speed[self.rows, column])
            model.book.speed[self.rows, column] = speed

    def after_close(self) -> None:
        """The uninformed learn from the closing prices."""
        if self.informed < len(self._rngs):
            price = self.model.exchange.last_log_price
            self.learned += (price - self.learned) / self.rules.learning_days

    def restate(self, column: int, shares: float, log_price: float, log_value: float) -> None:
        """What the uninformed have learned is the price of one of today's shares."""
        self.learned[column] += log_price
