"""A company on its way to the market, day by day: roadshow, pricing, first trade, after-market.

    public filing … terms set … (bids every evening) … pricing … first trade … last unlock

Between the day the terms are set and the day of pricing the banks tell investors every evening
how often the book is covered.  Investors who expect to be cut back pad their bids, so coverage
feeds on itself up to what they dare.  On the evening of pricing the mechanism prices the offering
and shares are allotted; they are delivered before the first trade.  What the banks do on their own
account is in `sim.offering.syndicate`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.offering.allocation import allocate
from sim.offering.book import DIRECTED, RETAIL, Book
from sim.offering.first_trade import open_first_trade
from sim.offering.lockup import LockedShares
from sim.offering.mechanisms import MECHANISMS, Pricing
from sim.offering.record import offering_record
from sim.offering.stabilisation import Stabilisation
from sim.offering.syndicate import Syndicate
from sim.offering.terms import OfferingTerms
from sim.roles import BookReaderRole, InsiderRole

if TYPE_CHECKING:
    from sim.model import MarketModel

Array = NDArray[np.float64]
GRID_POINTS = 161
#: The grid of bid prices runs from the reference price over this factor to it times this factor.
GRID_SPAN = 6.0


class Listing:
    """State of one offering.

    Attributes
    ----------
    decision : str
        ``pending`` until priced, then the decision of the mechanism.
    offer_price : float or None
        USD; None until priced, for ever if withdrawn, and for a direct listing.
    reference_price : float
        The offer price once known; before that the announced or expected price.
    indicated_coverage : float
        How often the banks say the offering is covered.
    invited : set of int or None
        Accounts that the banks ask for a bid; None asks everybody.
    reader, reading
        Who reads the book for the bank, if not the bank itself as it stands, and what that reader
        multiplied the prices of bids with.
    kept : Array or None
        Shares that each bidder has left of its allocation after two days, as in the book.
    split_factor : float
        Shares that one share of the offering has become. Terms, records, ladder and the syndicate's
        option stay in shares of the offering; the market's numbers are converted.
    """

    def __init__(self, model: MarketModel, terms: OfferingTerms, column: int) -> None:
        self.model, self.terms, self.column = model, terms, column
        self.mechanism = MECHANISMS[terms.mechanism]
        self.decision = "pending"
        self.pricing: Pricing | None = None
        self.offer_price: float | None = None
        self.indicated_coverage = 1.0
        self.coverage: float | None = None
        self.free_shares_at_listing = 0.0
        self.insiders: dict[str, InsiderRole] = {}
        self.book: Book | None = None
        self.allocation: Array | None = None
        self.invited: frozenset[int] | None = None
        self.reader: BookReaderRole | None = None
        self.reading = 1.0
        self.kept: Array | None = None
        self.locked: LockedShares | None = None
        self.opening: Any = None
        self.split_factor = 1.0
        self.first_session = model.calendar.index(terms.dates.first_trade)
        self._reference = terms.price or terms.last_mark or 1.0
        self._unlock_next: dict[str, float] = {}
        self._reports: dict[str, date] = {}

    # -- who is who -----------------------------------------------------------------------------

    def register_insider(self, insider: InsiderRole, shares: float) -> None:
        """An insider group joins with the shares it holds before the offering, all locked."""
        insider.join(self)
        self.insiders[insider.holder] = insider
        self.model.public_record.closely_held(insider.account)
        self.model.ledger.issue(insider.account, self.column, shares)
        self.model.ledger.lock(insider.account, self.column, shares)

    def appoint(self, banker: Any, issuer: Any, issuer_account: int, syndicate: int) -> None:
        """Name the lead bank, the company's decision maker and their accounts."""
        self.banker, self.issuer = banker, issuer
        self.issuer_account = issuer_account
        self.syndicate = Syndicate(self, syndicate, banker.stabilisation)
        if self.terms.mechanism == "bookbuilding":
            low, high = self.terms.range or banker.filing_range(self.terms)
            self._reference = (low + high) / 2

    # -- what others may ask --------------------------------------------------------------------

    @property
    def reference_price(self) -> float:
        """Offer price, or the announced, filed or last private price until there is one."""
        return self._reference

    @property
    def shares_on_offer(self) -> float:
        """Shares for sale, over-allotment included."""
        return self.terms.offered * (1 + self.terms.over_allotment)

    @property
    def stabilisation(self) -> Stabilisation | None:
        """State of the syndicate's support; None before the first trade and without an offer."""
        return self.syndicate.stabilisation

    @property
    def new_shares(self) -> float:
        """New shares of the base deal as priced; secondary shares bring the company nothing."""
        sold = self.pricing.shares if self.pricing else 0.0
        return sold * self.terms.shares / self.terms.offered

    @property
    def shares_after(self) -> float:
        """Shares outstanding after the base deal."""
        return self.terms.shares_outstanding + self.terms.shares

    @property
    def market_value(self) -> float:
        """Value of the listed universe with the company in it, USD."""
        company = float(np.exp(self.model.universe.log_value[self.column])) * self.shares_after
        return self.model.universe.market_value + company

    @property
    def day(self) -> int:
        """Trading days since its first trade (day 0)."""
        return self.model.session - self.first_session

    @property
    def is_trading(self) -> bool:
        """Whether the first trade is today or lies behind."""
        return self.pricing is not None and not self.is_over and self.day >= 0

    @property
    def opens_today(self) -> bool:
        """Whether today is the day of the first trade."""
        return self.day == 0

    @property
    def is_over(self) -> bool:
        """Whether the offering was withdrawn."""
        return self.decision == "withdrawn"

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do: priced, support ended, nothing locked or withdrawn."""
        if self.is_over:
            return True
        if self.pricing is None or self.day < 1 or self._unlock_next:
            return False
        return self.syndicate.has_closed and (self.locked is None or not self.locked.pending)

    # -- the day --------------------------------------------------------------------------------

    def before_open(self) -> None:
        """Milestones of the morning: attention, delivery, unlocked shares, the syndicate's bid."""
        model, dates = self.model, self.terms.dates
        milestones = {dates.public_filing: "filing", dates.terms_set: "terms",
                      dates.first_trade: "listing"}  # fmt: skip
        name = milestones.get(model.date)
        if name:
            model.recorder.event(name, self.terms.symbol, _MILESTONE_TEXT[name])
            model.focus.milestone(self.column, name)
        if self.opens_today and self.pricing is not None and not self.is_over:
            self._deliver(self.pricing)
        for holder, shares in self._unlock_next.items():
            self._unlock(holder, shares)
        self._unlock_next = {}
        self.syndicate.before_open()

    def open_trading(self) -> None:
        """The opening cross of the first day."""
        self.opening = open_first_trade(self.model, self.column, self.reference_price)
        detail = f"first trade after a delay of {self.opening.delay_minutes:.0f} minutes"
        self.model.recorder.event("listing", self.terms.symbol, detail)

    def after_auction(self) -> None:
        """Note what the syndicate bought in an auction."""
        self.syndicate.after_auction()

    def after_close(self) -> None:
        """Roadshow evenings, pricing, and the after-market's bookkeeping."""
        today, dates = self.model.date, self.terms.dates
        if self.pricing is None:
            if self.mechanism.rations and dates.terms_set <= today < dates.pricing:
                book = self._collect()
                self.indicated_coverage = book.coverage(self.reference_price, self.shares_on_offer)
            elif today == dates.pricing:
                self._price()
            return
        if self.day == 1 and self.book is not None and self.allocation is not None:
            held = self.model.ledger.holdings[self.book.accounts, self.column]
            self.kept = np.clip(held / self.split_factor, 0.0, self.allocation)
        if self.day >= 0 and not self.is_over:
            self.syndicate.after_close()
            self._plan_unlocks()

    # -- roadshow and pricing ---------------------------------------------------------------------

    def _grid(self) -> Array:
        reference = self.reference_price
        return np.geomspace(reference / GRID_SPAN, reference * GRID_SPAN, GRID_POINTS)

    def _collect(self) -> Book:
        """Ask everybody for a bid."""
        grid = self._grid()
        accounts, holders, closeness, rows = [], [], [], []
        for participant in self.model.participants:
            if self.invited is not None and participant.account not in self.invited:
                continue
            bid = participant.bid(self, grid)
            if bid is not None and bid[0] > 0:
                accounts.append(participant.account)
                holders.append(participant.holder)
                closeness.append(participant.relationship)
                rows.append(bid)
        long_only = [float(holder == "long_only") for holder in holders]
        return Book.of(
            grid, np.reshape(rows, (len(rows), grid.size)), holders, accounts, closeness, long_only
        )

    def _price(self) -> None:
        model, terms = self.model, self.terms
        self.book = self._collect()
        book = self.book
        if self.reader is not None:
            book = self.reader.counted(self, book)
            self.reading = self.reader.reading(self, book)
            retail_share = self.reader.retail_share(self, book)
            terms = terms.model_copy(update={"retail_share": retail_share})
            book = replace(book, grid=self.reading * book.grid)
        pricing = self.mechanism.price(terms, book, self.banker, self.issuer)
        self.pricing, self.decision = pricing, pricing.decision
        if pricing.price is not None:
            self._reference = pricing.price
        if pricing.price is not None and pricing.shares > 0:
            self.offer_price = pricing.price
            self.coverage = pricing.coverage
            spread = terms.gross_spread
            model.focus.raise_capital(self.column, self.new_shares, pricing.price, spread)
            self.allocation = allocate(
                self.book, pricing.price, pricing.sold, self.banker.allocation,
                terms.retail_share, terms.directed_share,
            )  # fmt: skip
        else:
            model.focus.raise_capital(self.column, 0.0, self.reference_price, 0.0)
        model.recorder.event("pricing", terms.symbol, f"{pricing.decision}: {pricing.reason}")

    # -- first trade ------------------------------------------------------------------------------

    def _deliver(self, pricing: Pricing) -> None:
        """Hand over the shares sold, take the money, and let the stock be traded."""
        model, ledger, c = self.model, self.model.ledger, self.column
        terms, syndicate = self.terms, self.syndicate.account
        price = pricing.price or self.reference_price
        model.exchange.set_reference(c, price)
        if pricing.shares > 0 and self.allocation is not None and self.book is not None:
            secondary = pricing.shares * terms.secondary_shares / terms.offered
            primary = pricing.shares - secondary
            ledger.issue(syndicate, c, primary)
            ledger.pay(syndicate, self.issuer_account, primary * price)
            self._take_from_insiders(secondary, price)
            self.syndicate.borrow(pricing.over_allotment)
            for account, shares in zip(self.book.accounts, self.allocation, strict=True):
                ledger.transfer(syndicate, int(account), c, float(shares), price)
            ledger.pay(self.issuer_account, syndicate, terms.gross_spread * primary * price)
            self.syndicate.stabilise(price, pricing)
        self._lock_ladder(price)
        model.list_stock(c, price)
        if self.allocation is not None:
            self._tell_allottees()
        total = float(ledger.outstanding[c])
        self.free_shares_at_listing = total - float(ledger.locked[:, c].sum())

    def _take_from_insiders(self, shares: float, price: float) -> None:
        """Insiders sell the secondary shares."""
        if shares <= 0:
            return
        before, after = self.terms.stakes(), self.terms.locked(shares)
        syndicate = self.syndicate.account
        for holder, insider in self.insiders.items():
            sold = before.get(holder, 0.0) - after.get(holder, 0.0)
            if sold > 0:
                self.model.ledger.unlock(insider.account, self.column, sold)
                self.model.ledger.transfer(insider.account, syndicate, self.column, sold, price)
                fee = self.terms.gross_spread * sold * price
                self.model.ledger.pay(insider.account, syndicate, fee)

    def _tell_allottees(self) -> None:
        assert self.book is not None and self.allocation is not None
        owners = {p.account: p for p in self.model.participants}
        for account, holder, shares in zip(
            self.book.accounts, self.book.holders, self.allocation, strict=True
        ):
            owner: Any = owners[int(account)]
            if holder == RETAIL:
                owner.receive_allocation(self, float(shares))
            elif holder == DIRECTED:
                owner.unlock(self, float(shares))

    def _lock_ladder(self, price: float) -> None:
        """Start the lock-up; without one, or in a direct listing, everything is free."""
        c, ledger = self.column, self.model.ledger
        held = {h: float(ledger.locked[i.account, c]) for h, i in self.insiders.items()}
        held = {holder: shares for holder, shares in held.items() if shares > 0}
        if self.terms.lockup is None or not self.mechanism.has_lockup:
            for holder, shares in held.items():
                self._unlock(holder, shares)
            return
        lender = self.syndicate.lender
        if lender is not None and self.pricing is not None:
            for holder, insider in self.insiders.items():
                if insider.account == lender:  # lent shares come back and stay locked
                    held[holder] += self.pricing.over_allotment
        self.locked = LockedShares(self.terms.lockup, held, price)

    def _unlock(self, holder: str, shares: float) -> None:
        insider = self.insiders[holder]
        here = float(self.model.ledger.locked[insider.account, self.column])
        free = min(shares, here)
        self.model.ledger.unlock(insider.account, self.column, free)
        insider.unlock(self, free)
        detail = f"{holder}: {free / 1e6:,.1f} m shares unlocked"
        self.model.recorder.event("unlock", self.terms.symbol, detail)

    def _plan_unlocks(self) -> None:
        model, recorder = self.model, self.model.recorder
        quarter = model.focus.reported(self.column)
        if quarter:
            self._reports[quarter] = model.date
        if self.locked is None or not self.locked.pending:
            return
        first = max(self.first_session - model.first_session, 0)
        closes = [
            *recorder.comparable_close()[first:, self.column],
            model.exchange.last_price[self.column] * self.split_factor,
        ]
        sessions = [*recorder.dates[first:], model.date]
        tomorrow = model.calendar.after(model.date)
        released = self.locked.releases(tomorrow, sessions, closes, self._reports)
        self._unlock_next = {h: shares * self.split_factor for h, shares in released.items()}

    # -- corporate actions after the first trade --------------------------------------------------

    def split(self, ratio: float) -> None:
        """``ratio`` new shares for one old."""
        self.split_factor *= ratio
        self._unlock_next = {h: shares * ratio for h, shares in self._unlock_next.items()}

    def record(self) -> dict[str, Any]:
        """Everything about the book and what came of it, for ``offering.json``."""
        if self.pricing is None:
            return {"decision": self.decision, "symbol": self.terms.symbol}
        recorder = self.model.recorder
        first = self.first_session - self.model.first_session
        traded = 0 <= first < recorder.days
        first_close = float(recorder.close[first, self.column]) if traded else None
        return offering_record(
            self.terms, self.pricing, self.book, self.allocation, self.stabilisation, first_close
        )


_MILESTONE_TEXT = {
    "filing": "prospectus public",
    "terms": "terms announced, roadshow begins",
    "listing": "first day of trading",
}
