"""How shares trade: demand schedules, call auctions, settlement, share borrowing, trading rules.

Every account states, for every stock, how many shares it wants at each price (`demand`); a call
auction finds the one price at which the changes wanted add up to zero (`auction`); the exchange
runs auctions under its trading rules (`exchange`); shares and cash change hands on books that
conserve both (`ledger`); shorts borrow from holders at a fee (`borrowing`).

Arrays are accounts x stocks, float64, C order; shares are units, money is USD, prices are USD per
share, and log prices are natural logarithms of them.
"""
