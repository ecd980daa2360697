"""What the model, and an offering, ask of whoever takes part, phase by phase.

The world does not know who its participants are.  It opens an account for each, hands out a
row of the demand book, and asks the questions below in a fixed order every trading day.
``agents`` holds the answers that ship with the project; anything with these methods fits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.offering.book import Book
    from sim.offering.listing import Listing


class Participant(Protocol):
    """Someone with an account and a row of the demand book."""

    account: int
    holder: str
    relationship: float

    def bid(self, listing: Listing, grid: NDArray) -> NDArray | None:
        """Shares wanted in the offering at each price of the grid (USD, rising), or None.

        The answer never rises with the price.
        """


class Actor(Protocol):
    """Someone who acts during the day: a participant, or a group of them acting as one."""

    def start_day(self) -> None:
        """Before the first auction: form views, write the whole row of the demand book."""

    def before_auction(self, instant: int) -> None:
        """Before auction ``instant`` (0 the open): take up what has just become known."""

    def after_close(self) -> None:
        """After the closing auction: learn from the day."""


@runtime_checkable
class Restated(Protocol):
    """An actor who remembers numbers of shares, prices or values, and keeps them comparable."""

    def restate(self, column: int, shares: float, log_price: float, log_value: float) -> None:
        """What was one share of a stock are ``shares`` now; remembered prices and values a share
        move by these logs (a split, an ex-dividend day)."""


class Audience(Protocol):
    """Those whose attention the media can draw to the company in focus."""

    account: int
    media: float

    @property
    def excited(self) -> float:
        """Share of the people who are excited."""

    @property
    def bored(self) -> float:
        """Share of the people who have lost interest."""

    def hear(self, attention: float) -> None:
        """The media turn to the company (1 = the attention of a first day of trading)."""

    def milestone(self, name: str) -> None:
        """A step of the offering is in the news: filing, terms, listing, results."""


class InsiderRole(Protocol):
    """An insider group, as the listing sees it."""

    account: int
    holder: str

    def join(self, listing: Listing) -> None:
        """The group holds shares of this company."""

    def unlock(self, listing: Listing, shares: float) -> None:
        """So many more shares may be sold from the next session on."""


class BookReaderRole(Protocol):
    """A bank's way to read a book that is not taken as it stands."""

    def counted(self, listing: Listing, book: Book) -> Book:
        """The bids that count when the offering is priced."""

    def reading(self, listing: Listing, book: Book) -> float:
        """Factor on the prices of all bids."""

    def retail_share(self, listing: Listing, book: Book) -> float:
        """Part of the deal set aside for retail customers."""

    def honest_price(self, listing: Listing, book: Book) -> float | None:
        """Price [USD] at which the book would clear if nobody padded; None if at none."""
