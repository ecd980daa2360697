"""The banks of an offering on their own account: over-allotment, support, covering, the way back.

The largest insider lends the syndicate the shares that it sells beyond the base deal.  From the
first trade on the syndicate bids below the offer as `sim.offering.stabilisation` says.  Every
evening it books what it bought, exercises its option when that is due (new shares from the company,
at the offer less the spread), and gives back as many shares as it has bought or been issued.
Returned shares are locked again unless their tranche has been released meanwhile.

What it owes is on loan and not in its account, which holds position + loan: its row of the demand
book is that of the stabilising bid, moved up by the shares still on loan.

Terms and the state of the short are in shares of the offering, numbers of the market in shares of
today: one share of the offering is ``split_factor`` shares of today.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.market.ledger import TOLERANCE
from sim.offering.stabilisation import Stabilisation, StabilisationRules

if TYPE_CHECKING:
    from sim.offering.listing import Listing
    from sim.offering.mechanisms import Pricing

#: Shares; fewer than this change hands by rounding only.
DUST = 1e-3


class Syndicate:
    """The banks that sell one offering, as holders and buyers of its shares.

    Parameters
    ----------
    listing : Listing
    account : int
        Shared by the syndicates of all offerings.
    rules : StabilisationRules

    Attributes
    ----------
    stabilisation : Stabilisation or None
        State of the short; None before the shares are delivered, and in a direct listing.
    lender : int or None
        Account that lent the over-allotted shares.
    bought, spent : float
        Shares and USD of today's auctions.
    """

    def __init__(self, listing: Listing, account: int, rules: StabilisationRules) -> None:
        self.listing, self.account, self.rules = listing, account, rules
        self.stabilisation: Stabilisation | None = None
        self.lender: int | None = None
        self.bought = self.spent = 0.0

    @property
    def has_closed(self) -> bool:
        """Whether it has no more to do: its option has run out, or it never had one."""
        return self.stabilisation is None or self.stabilisation.closed

    # -- the loan -------------------------------------------------------------------------------

    def borrow(self, shares: float) -> None:
        """The largest insider lends the syndicate the shares sold beyond the base deal."""
        if shares <= 0:
            return
        listing, c = self.listing, self.listing.column
        ledger = listing.model.ledger
        insiders = listing.insiders.values()
        self.lender = max(insiders, key=lambda i: float(ledger.locked[i.account, c])).account
        ledger.unlock(self.lender, c, shares)
        ledger.transfer(self.lender, self.account, c, shares)

    def _give_back(self, shares: float) -> None:
        if shares <= 0 or self.lender is None:
            return
        listing, c = self.listing, self.listing.column
        ledger, locked = listing.model.ledger, listing.locked
        ledger.transfer(self.account, self.lender, c, shares)
        lender = next(i for i in listing.insiders.values() if i.account == self.lender)
        ladder = locked.locked[lender.holder] * listing.split_factor if locked else 0.0
        again = min(shares, max(ladder - float(ledger.locked[self.lender, c]), 0.0))
        ledger.lock(self.lender, c, again)
        if shares > again + DUST:
            lender.unlock(listing, shares - again)

    def pay_on_loan(self, usd: float) -> None:
        """The syndicate owes the lender what is paid on a share, USD, for those it has borrowed."""
        stabilisation = self.stabilisation
        if stabilisation is not None and not stabilisation.closed and self.lender is not None:
            owed = stabilisation.remaining * self.listing.split_factor
            self.listing.model.ledger.pay(self.account, self.lender, owed * usd)

    # -- the day --------------------------------------------------------------------------------

    def stabilise(self, price: float, pricing: Pricing) -> None:
        """The shares are delivered at this price, USD: support begins."""
        terms = self.listing.terms
        self.stabilisation = Stabilisation(
            price, pricing.over_allotment, terms.dates.pricing, terms.stabilisation_days, self.rules
        )

    def before_open(self) -> None:
        """State the bid of the day."""
        stabilisation = self.stabilisation
        if stabilisation is None:
            return
        bid, loan, new = stabilisation.bid(), stabilisation.remaining, self.listing.split_factor
        row, c = self.listing.model.book.row(self.account), self.listing.column
        if stabilisation.closed:
            loan = 0.0
        row.neutral[c], row.floor[c], row.cap[c] = (
            (bid.neutral + loan) * new, (bid.floor + loan) * new, (bid.cap + loan) * new,
        )  # fmt: skip
        row.lean[c], row.value[c], row.speed[c] = bid.lean * new, bid.value - math.log(new), 1.0
        self.bought = self.spent = 0.0

    def after_auction(self) -> None:
        """Note what was bought in an auction and for how much."""
        if not self.has_closed:
            exchange, c = self.listing.model.exchange, self.listing.column
            bought = float(exchange.trades[self.account, c])
            self.bought += bought
            self.spent += bought * float(exchange.last_price[c])

    def after_close(self) -> None:
        """Book the day's purchases, return borrowed shares, exercise the option when due."""
        listing, stabilisation = self.listing, self.stabilisation
        if stabilisation is None or stabilisation.closed:
            return
        model, c, split = listing.model, listing.column, listing.split_factor
        symbol = listing.terms.symbol
        before, bought = stabilisation.remaining, self.bought / split
        rounding = TOLERANCE * float(model.ledger.outstanding[c]) / split
        if -stabilisation.inventory - rounding <= bought < -stabilisation.inventory:
            bought = -stabilisation.inventory
        if abs(bought) > DUST:
            stabilisation.record_fill(bought, min(self.spent / bought, stabilisation.offer))
        if abs(bought) > rounding:
            detail = f"syndicate bought {bought / 1e6:,.1f} m shares"
            model.recorder.event("stabilisation", symbol, detail)
        close = float(model.exchange.last_price[c]) * split
        covered = before - stabilisation.remaining
        new = stabilisation.after_close(model.date, close, model.calendar.after(model.date))
        if new > 0:
            model.ledger.issue(self.account, c, new * split)
            usd = new * stabilisation.offer
            model.ledger.pay(self.account, listing.issuer_account, usd)
            fee = listing.terms.over_allotment_spread * usd
            model.ledger.pay(listing.issuer_account, self.account, fee)
            model.universe.shares[c] = model.ledger.outstanding[c]
            sold, terms = listing.new_shares + stabilisation.exercised, listing.terms
            spread = terms.gross_spread * listing.new_shares
            spread += terms.over_allotment_spread * stabilisation.exercised
            price = stabilisation.offer / split
            model.focus.raise_capital(c, sold * split, price, spread / sold)
            detail = f"option exercised for {new / 1e6:,.1f} m new shares"
            model.recorder.event("over_allotment", symbol, detail)
        self._give_back((covered + new) * split)
