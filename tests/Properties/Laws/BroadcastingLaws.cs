using DistGrad.Properties.Generators;
using DistGrad.Verification;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DistGrad.Properties.Laws;

public class BroadcastingLaws
{
    /// <summary>Two shapes, with lengths of 0 and 1 among them; about half go together.</summary>
    static Arbitrary<(Shape X, Shape Y)> Pairs => Arb.From(
        from related in Shapes.Broadcastable(rank: 4, longest: 3).Generator
        from any in Gen.Two(Shapes.Any(rank: 3, longest: 4).Generator)
        from isRelated in Gen.Elements(true, false)
        select isRelated ? (related[0], related[1]) : any);

    [Fact]
    public void AJoinIsThatOfNumPy()
    {
        var coverage = new Coverage();
        Law.Holds(2000, Pairs, pair =>
        {
            var expected = Naive(pair.X, pair.Y);
            coverage.Count(
            [
                expected is null ? "refused" : "joined", .. expected?.Size == 0 ? ["empty"] : Array.Empty<string>(),
                .. pair.X.Rank != pair.Y.Rank ? ["of two ranks"] : Array.Empty<string>(),
                .. pair.X.Any(d => d == 0) != pair.Y.Any(d => d == 0) && expected is not null
                    ? ["1 stretched to 0"]
                    : Array.Empty<string>(),
            ]);
            Assert.Equal(expected, Joined(pair.X, pair.Y));
            Assert.Equal(expected is not null && expected == pair.Y, Broadcasting.Stretches(pair.X, pair.Y));
        });
        coverage.Require(0.03, "refused", "joined", "empty", "of two ranks", "1 stretched to 0");
    }

    [Fact]
    public void AJoinIsCommutativeIdempotentAndHasIdentities() => Law.Holds(500, Pairs, pair =>
    {
        Assert.Equal(Joined(pair.X, pair.Y), Joined(pair.Y, pair.X));
        Assert.Equal(pair.X, Joined(pair.X, pair.X));
        Assert.Equal(pair.X, Joined(pair.X, Shape.Scalar));
        for (var rank = 0; rank <= pair.X.Rank; rank++)
            Assert.Equal(pair.X, Joined(pair.X, Shape.Of([.. Enumerable.Repeat(1, rank)])));
    });

    [Fact]
    public void AJoinIsAssociative()
    {
        var coverage = new Coverage();
        var triples = Arb.From(Gen.OneOf(
            Shapes.Broadcastable(3, rank: 4, longest: 3).Generator,
            Gen.ArrayOf(Shapes.Any(rank: 2, longest: 2).Generator, 3)));
        Law.Holds(1000, triples, s =>
        {
            var (left, right) = (Joined(Joined(s[0], s[1]), s[2]), Joined(s[0], Joined(s[1], s[2])));
            Assert.Equal(left, right);
            coverage.Count(left is not null, "joined");
        });
        coverage.Require(0.4, "joined");
    }

    // x <= y means that x stretches to y; the join is the least upper bound.
    [Fact]
    public void AJoinIsMonotone() => Law.Holds(500, Shapes.Broadcastable(3, rank: 4), s =>
    {
        var (x, y, z) = (s[0], Joined(s[0], s[1])!, s[2]);
        Assert.True(Broadcasting.Stretches(x, y));
        Assert.True(Broadcasting.Stretches(Joined(x, z)!, Joined(y, z)!));
    });

    // <broadcast x, w> = <x, sum of w over the stretched axes>.
    [Fact]
    public void TheTransposeOfStretchingIsTheSumOverTheStretchedAxes()
    {
        var coverage = new Coverage();
        var pairs = Arb.From(
            from to in Shapes.Any(rank: 4, longest: 3).Generator
            from part in Shapes.StretchingTo(to)
            select (From: part, To: to));
        Law.Holds(300, pairs, pair =>
        {
            var random = new Random(pair.To.Size);
            var f = Closed.Of([new(DType.Float64, pair.From)], x => [Tensor.Apply(new Broadcast(pair.To), x[0])]);
            var (x, w) =
                (Samples.Direction(f.Parameters[0].Type, random), Samples.Direction(f.Results[0].Type, random));
            var back = Derived.Run(Derived.Vjp(f), x, w)[0];
            var summed = Tensor.FromValue(w).Sum(Broadcasting.StretchedAxes(pair.From, pair.To)).Reshape(pair.From);
            Near.Relative(
                1e-14, Derived.Flat(Derived.Run(new("summed", [], [summed]))), Derived.Flat([back]), "transpose");
            var stretched = Derived.Run(f, x)[0];
            var (left, right) = (Dot(stretched, w), Dot(x, back));
            Assert.True(Math.Abs(left - right) <= 1e-12 * (1 + Math.Abs(left)), $"{left:R} is not {right:R}");
            coverage.Count(
                [
                    .. pair.To.Size == 0 ? ["empty"] : Array.Empty<string>(),
                    .. pair.From != pair.To ? ["stretched"] : Array.Empty<string>(),
                ]);
        });
        coverage.Require(0.05, "empty", "stretched");
    }

    // Each element of the result is made of the elements at the places that NumPy's rule names.
    [Fact]
    public void ElementsAreReadAtTheirPlaces() => Law.Holds(200, Shapes.Broadcastable(2, rank: 4, longest: 3), s =>
    {
        var (x, y) = (
            Tensor.Iota(DType.Int64, Shape.Of(s[0].Size)).Reshape(s[0]),
            Tensor.Iota(DType.Int64, Shape.Of(s[1].Size)).Reshape(s[1]));
        var sum = (x + (1000 * y)).ToValue();
        Assert.Equal(Naive(s[0], s[1]), sum.Shape);
        for (var place = 0; place < sum.Shape.Size; place++)
            Assert.Equal(Place(sum.Shape, place, s[0]) + (1000L * Place(sum.Shape, place, s[1])), sum.Long(place));
    });

    [Fact]
    public void AnErrorNamesBothShapesTheAxisAndTheOperation()
    {
        var (x, y) = (Tensor.Zeros([2, 3, 4]), Tensor.Zeros([5, 4]));
        foreach (var (name, operation) in new (string, Func<Tensor>)[]
        {
            ("add", () => x + y), ("sub", () => x - y), ("mul", () => x * y), ("div", () => x / y),
            ("maximum", () => Tensor.Maximum(x, y)), ("less", () => x < y), ("where", () => Tensor.Where(x < 0, x, y)),
            ("pow", () => Tensor.Pow(x, y)), ("atan2", () => Tensor.Atan2(x, y)),
        })
        {
            var message = Assert.Throws<ShapeException>(operation).Message;
            Assert.Contains($"{name}:", message, StringComparison.Ordinal);
            Assert.Contains("[2, 3, 4]", message, StringComparison.Ordinal);
            Assert.Contains("[5, 4]", message, StringComparison.Ordinal);
            Assert.Contains("axis -2", message, StringComparison.Ordinal);
            Assert.Contains("3 and 5", message, StringComparison.Ordinal);
        }
    }

    static Shape? Joined(Shape? x, Shape? y)
    {
        try
        {
            return x is null || y is null ? null : Broadcasting.Join(x, y, "join");
        }
        catch (ShapeException)
        {
            return null;
        }
    }

    /// <summary>
    /// The rule as NumPy's manual words it: pad the shorter with ones on the left, then take axis by axis.
    /// </summary>
    static Shape? Naive(Shape x, Shape y)
    {
        var (a, b) = (x.ToList(), y.ToList());
        while (a.Count < b.Count)
            a.Insert(0, 1);
        while (b.Count < a.Count)
            b.Insert(0, 1);
        var joined = new List<int>();
        for (var axis = 0; axis < a.Count; axis++)
        {
            if (a[axis] != b[axis] && a[axis] != 1 && b[axis] != 1)
                return null;
            joined.Add(a[axis] == 1 ? b[axis] : a[axis]);
        }
        return Shape.Of([.. joined]);
    }

    static long Place(Shape whole, int place, Shape part)
    {
        var (at, stride) = (0L, 1L);
        for (var back = 1; back <= whole.Rank; place /= whole[^back], back++)
        {
            if (back > part.Rank)
                continue;
            at += part[^back] == 1 ? 0 : place % whole[^back] * stride;
            stride *= part[^back];
        }
        return at;
    }

    static double Dot(Value x, Value y) => Enumerable.Range(0, x.Shape.Size).Sum(i => x.Double(i) * y.Double(i));
}
