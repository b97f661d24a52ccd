"""The minimax coefficients in Lanes/, by Remez exchange in 60 digits (E. Remez, 1934). Needs mpmath."""
import mpmath as mp

mp.mp.dps = 60


def remez(f, a, b, degree, weight=lambda x: mp.mpf(1), rounds=12):
    """The polynomial p of the degree that minimises max |weight (p - f)| on [a, b]: its coefficients and that maximum."""
    a, b = mp.mpf(a), mp.mpf(b)
    n = degree + 2
    chebyshev = lambda i, count: (a + b) / 2 - (b - a) / 2 * mp.cos(mp.pi * i / count)
    nodes = [chebyshev(i, n - 1) for i in range(n)]
    grid = [chebyshev(i, 24 * n) for i in range(24 * n + 1)]
    values, weights = [f(x) for x in grid], [weight(x) for x in grid]
    for _ in range(rounds):
        system, right = mp.matrix(n, n), mp.matrix(n, 1)
        for i, x in enumerate(nodes):
            for j in range(degree + 1):
                system[i, j] = x ** j
            system[i, n - 1] = (-1) ** i / max(weight(x), mp.mpf(10) ** -12)
            right[i] = f(x)
        p = list(mp.lu_solve(system, right))[:-1]
        errors = [w * (mp.polyval(p[::-1], x) - y) for x, y, w in zip(grid, values, weights)]
        extrema = []
        for i, e in enumerate(errors):
            if not extrema or mp.sign(e) != mp.sign(errors[extrema[-1]]):
                extrema.append(i)
            elif abs(e) > abs(errors[extrema[-1]]):
                extrema[-1] = i
        worst = max(abs(e) for e in errors)
        if len(extrema) < n:
            break
        while len(extrema) > n:
            extrema.pop(0 if abs(errors[extrema[0]]) < abs(errors[extrema[-1]]) else -1)
        nodes = [grid[i] for i in extrema]
        if worst / min(abs(errors[i]) for i in extrema) < mp.mpf('1.01'):
            break
    return p, worst


def show(name, result):
    coefficients, worst = result
    print(f"{name}: error 2^{mp.nstr(mp.log(worst, 2), 4)}, from the highest power down")
    print("   ", ", ".join(repr(float(c)) for c in reversed(coefficients)))


def of_square(f, first, at_zero):
    """(f(x) / x - first) / x^2, as a function of x^2."""
    return lambda z: (f(mp.sqrt(z)) / mp.sqrt(z) - first) / z if z > 1e-10 else at_zero(z)


half = mp.log(2) / 2 * mp.mpf('1.001')
middle = mp.mpf(1) / 2
quotient = (mp.mpf('0.2001')) ** 2
quarter = (mp.pi / 4) ** 2 * mp.mpf('1.001')
eighth = (mp.sqrt(2) - 1) ** 2 * mp.mpf('1.002')
tiny = mp.mpf(10) ** -12
exp_slope = lambda r: mp.expm1(r) / r if r else mp.mpf(1)
exp_tail = lambda r: (mp.expm1(r) - r) / r ** 2 if r else mp.mpf(1) / 2
exp2_slope = lambda f: (mp.mpf(2) ** f - 1) / f if abs(f) > 1e-20 else mp.log(2)
atanh_tail = lambda k: lambda z: sum(2 * z ** j / (2 * (j + k) + 1) for j in range(60))
log_cube = lambda f: (mp.log1p(f) - f + f * f / 2) / f ** 3 if abs(f) > 1e-15 else mp.mpf(1) / 3
log_square = lambda f: (mp.log1p(f) - f) / f ** 2 if abs(f) > 1e-15 else -mp.mpf(1) / 2
log_slope = lambda f: mp.log1p(f) / f if abs(f) > 1e-15 else mp.mpf(1)
sine = lambda z: sum((-1) ** (j + 1) * z ** j / mp.factorial(2 * j + 3) for j in range(30))
cosine = lambda z: sum((-1) ** j * z ** j / mp.factorial(2 * j + 4) for j in range(30))
sinh = lambda z: sum(z ** j / mp.factorial(2 * j + 3) for j in range(30))
tanh = of_square(mp.tanh, 1, lambda z: -mp.mpf(1) / 3)
asin = of_square(mp.asin, 1, lambda z: mp.mpf(1) / 6 + z * 3 / 40)
atan = of_square(mp.atan, 1, lambda z: -mp.mpf(1) / 3 + z / 5)
lgamma = lambda t: mp.loggamma(2 + t).real / t if abs(t) > 1e-20 else 1 - mp.euler + t * (mp.zeta(2) - 1) / 2
erf = lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1 if z > 1e-20 else 2 / mp.sqrt(mp.pi) - 1


def over_log(power):
    """The weight of an error of f^power in log(1 + f), relative to the logarithm."""
    return lambda f: abs(f ** power / mp.log1p(f)) + tiny if abs(f) > 1e-15 else tiny


def erfc_shape(t, k=mp.mpf('4.5')):
    x = k * (1 + t) / (1 - t)
    return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)


def erfc_middle(t, k=mp.mpf('2.5')):
    x = k * (1 + t) / (1 - t)
    return mp.exp(x * x) * mp.erfc(x)


if __name__ == "__main__":
    one, two = lambda z: z, lambda z: z * z
    half_step = mp.mpf(1) / 2
    low, high = mp.mpf('-0.25001'), mp.mpf('0.50001')
    relative = lambda r: 1 / exp_slope(r)
    show("exp, and with a first coefficient of 1 its slope", remez(exp_slope, -half, half, 10, relative))
    show("exp, single", remez(exp_slope, -half, half, 5, relative))
    show("exp, pair", remez(exp_tail, -half, half, 10, two))
    show("exp2", remez(exp2_slope, -middle, middle, 10, lambda f: abs(f) * mp.mpf(2) ** -f + tiny))
    show("exp2, single", remez(exp2_slope, -middle, middle, 5, lambda f: abs(f) * mp.mpf(2) ** -f + tiny))
    show("log", remez(atanh_tail(1), 0, quotient, 6, one))
    show("log, single", remez(log_cube, low, high, 7, over_log(3)))
    show("log2, single", remez(lambda f: log_square(f) / mp.log(2), low, high, 8, over_log(2)))
    show("log10, single", remez(lambda f: log_square(f) / mp.log(10), low, high, 8, over_log(2)))
    show("log, pair", remez(atanh_tail(2), 0, quotient, 7, lambda z: z * z / 2))
    binary = lambda f: log_slope(f) / mp.log(2)
    show("log2 of a single's power", remez(binary, low, high, 12, lambda f: 1 / binary(f)))
    show("sin", remez(sine, 0, quarter, 5, one))
    show("cos", remez(cosine, 0, quarter, 5, two))
    show("sin, single", remez(sine, 0, quarter, 2, lambda z: z / (1 + z * sine(z))))
    show("cos, single", remez(cosine, 0, quarter, 2, two))
    show("sinh", remez(sinh, 0, 1, 6, one))
    show("tanh", remez(tanh, 0, mp.mpf('0.55') ** 2, 9, lambda z: z / (1 + z * tanh(z))))
    show("tanh, single", remez(tanh, 0, mp.mpf('0.55') ** 2, 3, lambda z: z / (1 + z * tanh(z))))
    show("asin", remez(asin, 0, mp.mpf('0.2501'), 12, one))
    show("atan", remez(atan, 0, eighth, 11, one))
    show("erf", remez(erf, 0, mp.mpf('1.002'), 12))
    show("erf, single", remez(erf, 0, mp.mpf('1.05') ** 2, 6, lambda z: 1 / (1 + erf(z))))
    # The centre is the single at which the first coefficient is nearest to a single.
    centre = mp.mpf('2.52498555')
    show("erf beyond, single", remez(lambda t: mp.erf(t + centre), mp.mpf('1.05') - centre, 4 - centre, 13))
    place = lambda a: (a - mp.mpf('2.5')) / (a + mp.mpf('2.5'))
    fade = lambda t: mp.exp(-(mp.mpf('2.5') * (1 + t) / (1 - t)) ** 2)
    show("erf beyond", remez(erfc_middle, place(mp.mpf(1)), place(mp.mpf(6)), 11, fade))
    show("erfc", remez(erfc_shape, -1, (28 - mp.mpf('4.5')) / (28 + mp.mpf('4.5')), 23))
    show("log erfc, single", remez(lambda a: mp.log(mp.erfc(a)), 1, 4, 6, mp.erfc))
    show("lgamma", remez(lgamma, -half_step, half_step, 18))
