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
s2 = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2 * mp.mpf('1.002')
quarter = (mp.pi / 4) ** 2 * mp.mpf('1.001')
eighth = (mp.sqrt(2) - 1) ** 2 * mp.mpf('1.002')
exp_tail = lambda r: (mp.expm1(r) - r) / r ** 2 if r else mp.mpf(1) / 2
atanh_tail = lambda k: lambda z: sum(2 * z ** j / (2 * (j + k) + 1) for j in range(40))
sine = lambda z: sum((-1) ** (j + 1) * z ** j / mp.factorial(2 * j + 3) for j in range(30))
cosine = lambda z: sum((-1) ** j * z ** j / mp.factorial(2 * j + 4) for j in range(30))
sinh = lambda z: sum(z ** j / mp.factorial(2 * j + 3) for j in range(30))
asin = of_square(mp.asin, 1, lambda z: mp.mpf(1) / 6 + z * 3 / 40)
atan = of_square(mp.atan, 1, lambda z: -mp.mpf(1) / 3 + z / 5)
lgamma = lambda t: mp.loggamma(2 + t).real / t if abs(t) > 1e-20 else 1 - mp.euler + t * (mp.zeta(2) - 1) / 2
erf = lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1 if z > 1e-20 else 2 / mp.sqrt(mp.pi) - 1


def erfc_shape(t, k=mp.mpf('4.5')):
    x = k * (1 + t) / (1 - t)
    return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)


if __name__ == "__main__":
    one, two = lambda z: z, lambda z: z * z
    half_step = mp.mpf(1) / 2
    show("exp", remez(exp_tail, -half, half, 10, two))
    show("exp, single", remez(exp_tail, -half, half, 4, two))
    show("log", remez(atanh_tail(1), 0, s2, 6, one))
    show("log, single", remez(atanh_tail(1), 0, s2, 2, one))
    show("log, pair", remez(atanh_tail(2), 0, s2, 7, lambda z: z * z / 2))
    show("sin", remez(sine, 0, quarter, 5, one))
    show("cos", remez(cosine, 0, quarter, 5, two))
    show("sin, single", remez(sine, 0, quarter, 3, one))
    show("cos, single", remez(cosine, 0, quarter, 2, two))
    show("sinh", remez(sinh, 0, 1, 6, one))
    show("asin", remez(asin, 0, mp.mpf('0.2501'), 12, one))
    show("atan", remez(atan, 0, eighth, 11, one))
    show("erf", remez(erf, 0, mp.mpf('1.002'), 12))
    show("erf, single", remez(erf, 0, mp.mpf('1.002'), 6))
    show("erfc", remez(erfc_shape, -1, (28 - mp.mpf('4.5')) / (28 + mp.mpf('4.5')), 23))
    show("log erfc, single", remez(lambda a: mp.log(mp.erfc(a)), 1, 4, 6, mp.erfc))
    show("lgamma", remez(lgamma, -half_step, half_step, 18))
