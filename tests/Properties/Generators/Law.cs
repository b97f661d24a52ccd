using DistGrad.Execute;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DistGrad.Properties.Generators;

/// <summary>
/// How laws over the table are run: an action that throws where the law is broken, for many seeds or cases.
/// </summary>
static class Law
{
    static Gen<int> Seeds => Gen.Choose(0, int.MaxValue - 1);

    /// <summary>For that many seeds of FsCheck's; the failing one is in the message.</summary>
    public static void Holds(int times, Action<Random> law) =>
        Holds(times, Arb.From(Seeds), seed => law(new Random(seed)));

    public static void Holds<T>(int times, Arbitrary<T> cases, Action<T> law) =>
        FsCheck.Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(times).WithQuietOnSuccess(true), Prop.ForAll(cases, law));

    /// <summary>The programs have the same results, the left one's interpreted and on the machine.</summary>
    public static void AreSame(Lambda left, Lambda right)
    {
        Assert.Equal(left.Results.Select(r => r.Type), right.Results.Select(r => r.Type));
        var machine = Machine.Of(left);
        Holds(2, random =>
        {
            var x = Samples.Directions(left.Parameters, random);
            var expected = Derived.Flat(Derived.Run(right, x));
            Near.Relative(1e-12, expected, Derived.Flat(Derived.Run(left, x)), left.Name);
            Near.Relative(1e-12, expected, Derived.Flat(machine.Run(x, Workers.Single)), $"{left.Name} on the machine");
        });
    }
}

/// <summary>Counts of the kinds of case that a law met: a law that never met the interesting one is no law.</summary>
sealed class Coverage
{
    readonly Dictionary<string, int> met = [];
    int all;

    public void Count(params IEnumerable<string> kinds)
    {
        all++;
        foreach (var kind in kinds.Distinct())
            met[kind] = met.GetValueOrDefault(kind) + 1;
    }

    public void Count(string kind) => Count([kind]);

    public void Count(bool holds, string kind) => Count(holds ? [kind] : []);

    /// <summary>Each of these kinds in at least that share of all cases.</summary>
    public void Require(double share, params IEnumerable<string> kinds)
    {
        var rare = kinds.Where(k => met.GetValueOrDefault(k) < share * all).ToList();
        Assert.True(
            rare.Count == 0,
            $"of {all} cases: {string.Join(", ", rare.Select(k => $"{met.GetValueOrDefault(k)} {k}"))}");
    }
}
