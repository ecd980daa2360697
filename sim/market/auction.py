"""The call auction: one price a stock at which the changes in holdings wanted add up to zero.

With D_ij(x) as in `sim.market.demand`, the excess of stock j, E_j(x) = sum_i D_ij(x), never rises
in the log price x. If E_j = 0 somewhere inside the band [low_j, high_j], it is so on one interval,
and the auction takes the point of it nearest the last price. If everybody together wants to buy
even at the upper end, the price is that end (likewise for selling at the lower); if there is no
upper end, it is the price above the last at which the last of those who respond to the price has
given all he has. So the price is unique and, wherever there is a band or a point with E_j = 0, it
never falls when demand rises. A price may move without a trade: when all valuations rise together,
nobody has to trade for it.

The price is then rounded to the tick, D is evaluated there, the longer side is rationed pro rata so
that buys equal sells, and the rounding residue of the floating-point sum is taken off one large
trade of the longer side, so that trades sum to zero and no floor is breached.

How it is computed: before solving, every schedule is reduced to four numbers about the last price,
D(x0 + y) = min(max(level - slope y, least), most), copied for a block of stocks, so that all
passes work from the cache with the inner loop contiguous over stocks. The block runs a
safeguarded Newton iteration in lock-step; E is piecewise linear, so a step taken in the right piece
is exact. Stocks that do not settle in a few passes go to an exact search over the kinks of E.
`clear_reference` says the same in plain Python with bisection. The kernels stay in one file because
numba's cache notices changes of the file it compiled, not of those it imports.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

OK = 0
BLOCK_CELLS = 65_536  # accounts x stocks per block: four float64 arrays of it stay within 2 MB
WIDEST = 3.0  # log-price bracket when there is no band: no auction moves a price more than 20-fold
NEWTON_PASSES = 8
SHARE_TOLERANCE = 1e-12  # imbalance that counts as none, relative to the shares wanted
PRICE_TOLERANCE = 1e-13  # Newton step in log price that counts as none
TIE = 1e-7  # of a tick: prices that close to the half tick round up, whatever the summation order


@njit(cache=True, nogil=True, error_model="numpy")
def _reduce(  # type: ignore[no-untyped-def]
    c0, start, neutral, lean, value, floor, cap, speed, orders, holdings,
    level, slope, least, most, health, rows_of,
):  # fmt: skip
    """Four numbers for each schedule in stocks c0, c0 + 1, ...; the rows that may trade, packed.

    One output a loop: with more, the compiler needs too many overlap tests and gives up on SIMD.
    """
    w = start.size
    rows = 0
    for i in range(holdings.shape[0]):
        c1 = c0 + w
        neutral_i, lean_i, value_i = neutral[i, c0:c1], lean[i, c0:c1], value[i, c0:c1]
        floor_i, cap_i, held = floor[i, c0:c1], cap[i, c0:c1], holdings[i, c0:c1]
        speed_i, orders_i = speed[i, c0:c1], orders[i, c0:c1]
        a, s, lo, hi = level[rows], slope[rows], least[rows], most[rows]
        for j in range(w):
            s[j] = speed_i[j] * lean_i[j]
        for j in range(w):
            gap = neutral_i[j] + lean_i[j] * (value_i[j] - start[j]) - held[j]
            a[j] = speed_i[j] * gap + orders_i[j]
        for j in range(w):
            gap = floor_i[j] - held[j]
            lo[j] = max(speed_i[j] * gap + orders_i[j], min(gap, 0.0))
        for j in range(w):
            gap = cap_i[j] - held[j]
            hi[j] = max(speed_i[j] * gap + orders_i[j], min(floor_i[j] - held[j], 0.0))
        for j in range(w):
            # 0 times anything finite is 0: what is left is NaN if an input is NaN or infinite
            health[j] += 0.0 * (a[j] + floor_i[j] + cap_i[j])
        for j in range(w):
            if lo[j] != 0.0 or hi[j] != 0.0:
                rows_of[rows] = i
                rows += 1
                break
    return rows


@njit(cache=True, nogil=True, error_model="numpy")
def _excess(level, slope, least, most, rows, x, excess, steep, gross):  # type: ignore[no-untyped-def]
    """E, -dE/dx and sum |D| of every stock of the block at x (log price less the last)."""
    excess[:] = 0.0
    steep[:] = 0.0
    gross[:] = 0.0
    for k in range(rows):
        a, s, lo, hi = level[k], slope[k], least[k], most[k]
        for j in range(x.size):
            y = a[j] - s[j] * x[j]
            d = min(max(y, lo[j]), hi[j])
            excess[j] += d
            gross[j] += abs(d)
            steep[j] += s[j] if (y > lo[j]) & (y < hi[j]) else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _excess_of(level, slope, least, most, rows, j, x):  # type: ignore[no-untyped-def]
    """E, -dE/dx and sum |D| of one stock of the block."""
    excess, steep, gross = 0.0, 0.0, 0.0
    for k in range(rows):
        y = level[k, j] - slope[k, j] * x
        d = min(max(y, least[k, j]), most[k, j])
        excess += d
        gross += abs(d)
        if least[k, j] < y < most[k, j]:
            steep += slope[k, j]
    return excess, steep, gross


@njit(cache=True, nogil=True, error_model="numpy")
def _search(level, slope, least, most, rows, j, left, right):  # type: ignore[no-untyped-def]
    """Where |E| of one stock is smallest in [left, right]: bisection over the kinks, then a line.

    For the few stocks on which Newton steps do not settle. Exact in log2(kinks) evaluations.
    """
    e_left = _excess_of(level, slope, least, most, rows, j, left)[0]
    if e_left <= 0.0:
        return left
    e_right = _excess_of(level, slope, least, most, rows, j, right)[0]
    if e_right >= 0.0:
        return right
    kinks = np.empty(2 * rows)
    count = 0
    for k in range(rows):
        if slope[k, j] > 0.0:
            for bound in (least[k, j], most[k, j]):
                kink = (level[k, j] - bound) / slope[k, j]
                if left < kink < right:
                    kinks[count] = kink
                    count += 1
    kinks = np.sort(kinks[:count])
    first, last = 0, count  # the root lies left of kinks[last] and not left of kinks[first - 1]
    while first < last:
        middle = (first + last) // 2
        e = _excess_of(level, slope, least, most, rows, j, kinks[middle])[0]
        if e > 0.0:
            left, e_left, first = kinks[middle], e, middle + 1
        else:
            right, e_right, last = kinks[middle], e, middle
    return left + (right - left) * (e_left / (e_left - e_right))


@njit(cache=True, nogil=True, error_model="numpy")
def _nearest(level, slope, least, most, rows, j, x, start):  # type: ignore[no-untyped-def]
    """The end, towards `start`, of the flat piece of E on which x lies."""
    edge = start
    for k in range(rows):
        s, lo, hi = slope[k, j], least[k, j], most[k, j]
        if s > 0.0 and lo < hi:
            y = level[k, j] - s * x
            if x > start and y <= lo:
                edge = max(edge, (level[k, j] - lo) / s)
            elif x < start and y >= hi:
                edge = min(edge, (level[k, j] - hi) / s)
    return min(edge, x) if x > start else max(edge, x)


@njit(cache=True, nogil=True, error_model="numpy")
def _solve(level, slope, least, most, rows, left, right, x, state):  # type: ignore[no-untyped-def]
    """Put into x (stocks of the block) the clearing log price less the last one.

    `left` and `right` enter as the band about the last price and shrink around the root; `state`
    (4, stocks) is scratch.
    """
    width = x.size
    excess, steep, gross, start = state[0], state[1], state[2], state[3]
    settled = np.zeros(width, np.bool_)
    free_left = left <= -WIDEST  # there is no band on this side
    free_right = right >= WIDEST
    fenced_left = np.zeros(width, np.bool_)  # E > 0 is known at `left`
    fenced_right = np.zeros(width, np.bool_)  # E < 0 is known at `right`
    for j in range(width):
        start[j] = min(max(0.0, left[j]), right[j])
        x[j] = start[j]
    moving = width
    for _ in range(NEWTON_PASSES):
        _excess(level, slope, least, most, rows, x, excess, steep, gross)
        for j in range(width):
            if settled[j]:
                continue
            e = excess[j]
            done = (
                abs(e) <= SHARE_TOLERANCE * gross[j]
                or abs(e) <= PRICE_TOLERANCE * steep[j]
                or (e > 0.0 and x[j] >= right[j])
                or (e < 0.0 and x[j] <= left[j])
            )
            if not done:
                if e > 0.0:
                    left[j], fenced_left[j] = x[j], True
                else:
                    right[j], fenced_right[j] = x[j], True
                if steep[j] > 0.0:
                    step = x[j] + e / steep[j]
                    if step <= left[j]:
                        step = 0.5 * (left[j] + right[j]) if fenced_left[j] else left[j]
                    elif step >= right[j]:
                        step = 0.5 * (left[j] + right[j]) if fenced_right[j] else right[j]
                else:  # nobody responds here: only the kinks say where somebody will
                    step = _search(level, slope, least, most, rows, j, left[j], right[j])
                    steep[j] = 0.0
                    done = True
                x[j] = step
            if done:
                settled[j] = True
                moving -= 1
        if moving == 0:
            break
    for j in range(width):
        if not settled[j]:
            x[j] = _search(level, slope, least, most, rows, j, left[j], right[j])
        if settled[j] and steep[j] > 0.0:
            continue
        e, s, g = _excess_of(level, slope, least, most, rows, j, x[j])
        free = free_right[j] if x[j] > start[j] else free_left[j]
        if s == 0.0 and (free or abs(e) <= SHARE_TOLERANCE * g):
            x[j] = _nearest(level, slope, least, most, rows, j, x[j], start[j])


@njit(cache=True, nogil=True, error_model="numpy")
def tick_price(log_price: float, low: float, high: float, tick: float) -> float:
    """The multiple of the tick nearest exp(log_price), inside the log band if a tick lies there."""
    per_unit = 1.0 / tick
    decimal = abs(per_unit - math.floor(per_unit + 0.5)) < 1e-9 * per_unit
    ticks = float(math.floor(math.exp(log_price) / tick + 0.5 + TIE))
    if math.isfinite(low):
        ticks = max(ticks, math.ceil(math.exp(low) / tick - TIE))
    if math.isfinite(high):
        ticks = min(ticks, math.floor(math.exp(high) / tick + TIE))
    ticks = max(ticks, 1.0)
    # dividing by a whole number of ticks a dollar gives the decimal's own float: 0.07, not 7 * 0.01
    return ticks / math.floor(per_unit + 0.5) if decimal else ticks * tick


@njit(cache=True, nogil=True, error_model="numpy")
def clear(  # type: ignore[no-untyped-def]
    columns, neutral, lean, value, floor, cap, speed, orders, holdings, last_log_price,
    low, high, tick, out_price, out_volume, out_trades,
):  # fmt: skip
    """Run one call auction in each stock of `columns`.

    Parameters: `columns` (m,) int64, stocks to auction, each at most once; the seven arrays of the
    demand book and `holdings` (accounts, stocks), shares; `last_log_price`, `low`, `high` (stocks,)
    log USD per share, the band may be infinite; `tick` in USD. Written at `columns` only:
    `out_price` (stocks,) USD, `out_volume` (stocks,) shares bought, `out_trades` (accounts, stocks)
    shares, which sum to zero over accounts.

    Returns 0, or 1 + account * stocks + stock if that cell of an input is not finite, or
    -1 - stock if its last price is not finite or its band is empty. On an error nothing that was
    written may be used.
    """
    n = holdings.shape[0]
    stocks = holdings.shape[1]
    width = min(columns.size, max(8, min(64, BLOCK_CELLS // n // 8 * 8)))
    if width == 0:
        return OK
    buffers = np.empty((4, n, width))
    state = np.empty((11, width))
    rows_of = np.empty(n, np.int64)
    for begin in range(0, columns.size, width):
        block = columns[begin : begin + width]
        w = block.size
        c0 = block[0]
        adjacent = True
        for j in range(w):
            adjacent &= block[j] == c0 + j
        if w != width:  # the last block; whole arrays keep the inner loops contiguous
            width = w
            buffers = np.empty((4, n, width))
            state = np.empty((11, width))
        start, left, right, x, health = state[0], state[1], state[2], state[3], state[4]
        for j in range(w):
            c = block[j]
            start[j] = last_log_price[c]
            left[j] = max(low[c] - start[j], -WIDEST)
            right[j] = min(high[c] - start[j], WIDEST)
            health[j] = 0.0
            if not (math.isfinite(start[j]) and left[j] <= right[j]):
                return -1 - c
        level, slope, least, most = buffers[0], buffers[1], buffers[2], buffers[3]
        if adjacent:
            rows = _reduce(c0, start, neutral, lean, value, floor, cap, speed, orders, holdings,
                           level, slope, least, most, health, rows_of)  # fmt: skip
        else:
            g = np.empty((8, n, w))
            for i in range(n):
                for j in range(w):
                    c = block[j]
                    g[0, i, j], g[1, i, j] = neutral[i, c], lean[i, c]
                    g[2, i, j], g[3, i, j] = value[i, c], floor[i, c]
                    g[4, i, j], g[5, i, j] = cap[i, c], speed[i, c]
                    g[6, i, j], g[7, i, j] = orders[i, c], holdings[i, c]
            rows = _reduce(0, start, g[0], g[1], g[2], g[3], g[4], g[5], g[6], g[7],
                           level, slope, least, most, health, rows_of)  # fmt: skip
        k = 0
        for i in range(n):
            if k < rows and rows_of[k] == i:
                k += 1
            else:
                for j in range(w):
                    out_trades[i, block[j]] = 0.0
        for j in range(w):
            if health[j] != 0.0:
                return _unsound(block[j], stocks, neutral, lean, value, floor, cap, speed, orders,
                                holdings)  # fmt: skip
        _solve(level, slope, least, most, rows, left, right, x, state[5:9])
        bought, sold = state[9], state[10]
        for j in range(w):
            c = block[j]
            out_price[c] = tick_price(start[j] + x[j], low[c], high[c], tick)
            x[j] = math.log(out_price[c]) - start[j]
            bought[j] = 0.0
            sold[j] = 0.0
        for k in range(rows):
            a, s, lo, hi = level[k], slope[k], least[k], most[k]
            for j in range(w):
                a[j] = min(max(a[j] - s[j] * x[j], lo[j]), hi[j])
            for j in range(w):
                bought[j] += max(a[j], 0.0)
            for j in range(w):
                sold[j] -= min(a[j], 0.0)
        residue = health
        for j in range(w):
            traded = min(bought[j], sold[j])
            out_volume[block[j]] = traded
            bought[j] = traded / bought[j] if traded > 0.0 else 0.0  # from here on: part filled
            sold[j] = traded / sold[j] if traded > 0.0 else 0.0
            residue[j] = 0.0
        for k in range(rows):
            d = level[k]
            for j in range(w):
                d[j] *= bought[j] if d[j] > 0.0 else sold[j]
            for j in range(w):
                residue[j] += d[j]
            trades = out_trades[rows_of[k]]
            if adjacent:
                for j in range(w):
                    trades[c0 + j] = d[j]
            else:
                for j in range(w):
                    trades[block[j]] = d[j]
        for j in range(w):
            if residue[j] != 0.0:
                enough = out_volume[block[j]] / rows  # the largest trade of a side is at least that
                sign = 1.0 if residue[j] > 0.0 else -1.0
                for k in range(rows):
                    if sign * level[k, j] >= 0.999 * enough:
                        out_trades[rows_of[k], block[j]] -= residue[j]
                        break
    return OK


@njit(cache=True)
def _unsound(c, stocks, neutral, lean, value, floor, cap, speed, orders, holdings):  # type: ignore[no-untyped-def]
    """The code of the first cell of stock c that is not finite."""
    for i in range(holdings.shape[0]):
        total = neutral[i, c] + lean[i, c] + value[i, c] + floor[i, c] + cap[i, c]
        if not math.isfinite(total + speed[i, c] + orders[i, c] + holdings[i, c]):
            return 1 + i * stocks + c
    return 1 + c


def clear_reference(  # type: ignore[no-untyped-def]
    columns, neutral, lean, value, floor, cap, speed, orders, holdings,
    last_log_price, low, high, tick, out_price, out_volume, out_trades,
):  # fmt: skip
    """`clear` in plain Python, one stock at a time, by bisection; same arguments and results."""
    n, stocks = holdings.shape
    for c in (int(c) for c in columns):
        for i in range(n):
            cell = [m[i, c] for m in (neutral, lean, value, floor, cap, speed, orders, holdings)]
            if not all(math.isfinite(number) for number in cell):
                return 1 + i * stocks + c
        last = float(last_log_price[c])
        left, right = max(low[c], last - WIDEST), min(high[c], last + WIDEST)
        if not (math.isfinite(last) and left <= right):
            return -1 - c

        def demands(x: float, c: int = c) -> list[float]:
            wanted = []
            for i in range(n):
                q = neutral[i, c] + lean[i, c] * (value[i, c] - x)
                q = min(max(q, floor[i, c]), cap[i, c])
                d = speed[i, c] * (q - holdings[i, c]) + orders[i, c]
                wanted.append(max(d, min(floor[i, c] - holdings[i, c], 0.0)))
            return wanted

        def excess(x: float) -> float:
            d = demands(x)
            e = math.fsum(d)
            return 0.0 if abs(e) <= SHARE_TOLERANCE * math.fsum(abs(t) for t in d) else e

        def edge(near: float, far: float, goal: float) -> float:
            """The point nearest `near` on the way to `far` at which E is within `goal` of zero."""
            if abs(excess(near)) <= goal:
                return near
            for _ in range(200):
                middle = 0.5 * (near + far)
                near, far = (near, middle) if abs(excess(middle)) <= goal else (middle, far)
            return far

        x = min(max(last, left), right)
        e = excess(x)
        if e != 0.0:
            end = right if e > 0.0 else left
            e_end = excess(end)
            if e * e_end < 0.0:
                near, far = x, end
                for _ in range(200):  # towards the first point with no imbalance
                    middle = 0.5 * (near + far)
                    near, far = (middle, far) if excess(middle) * e > 0.0 else (near, middle)
                x = far
            elif e_end == 0.0 or (high[c] - last if e > 0.0 else last - low[c]) >= WIDEST:
                # the first point with no more imbalance than at the end
                x = edge(x, end, abs(e_end) * (1.0 + 1e-12))
            else:
                x = end
        price = tick_price(x, low[c], high[c], tick)
        d = demands(math.log(price))
        bought = math.fsum(max(t, 0.0) for t in d)
        sold = -math.fsum(min(t, 0.0) for t in d)
        traded = min(bought, sold)
        for i in range(n):
            side = bought if d[i] > 0.0 else sold
            out_trades[i, c] = d[i] * (traded / side) if traded > 0.0 else 0.0
        out_price[c], out_volume[c] = price, traded
    return OK
