using System.Collections.Immutable;
using DistGrad.Execute;
using DistGrad.Execute.Straight;
using DistGrad.Plan;
using DistGrad.Properties.Generators;
using DistGrad.Verification;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>A straight method is a way of running a small program: it changes no bit of it.</summary>
public class StraightLaws
{
    /// <summary>How a random function of two vectors of two becomes a program.</summary>
    private static readonly Dictionary<string, Func<Step, Tensor, Tensor, Tensor>> Forms = new()
    {
        ["alone"] = (f, x, y) => f(x, y),
        ["while"] = (f, x, y) => Flow.While(
            (x, y, Tensor.Of(0L)), s => Tensor.And(s.Item3 < 5, Size(s.Item1) < 4),
            s => (f(s.Item1, s.Item2), s.Item1 + s.Item2, s.Item3 + 1)).Item1,
        ["scan"] = (f, x, y) => Flow.Scan(
            x, Tensor.Stack([y, x, x + y]), (s, row) => (f(s, row), s * row)) is var z
            ? z.Carry + z.Ys.Sum(0) + z.Ys[1] : x,
        ["backwards"] = (f, x, y) => Flow.Scan(
            x, Tensor.Stack([y, x, x + y]), (s, row) => (f(s, row), s * row), reverse: true) is var z
            ? z.Carry + z.Ys[0] : x,
        ["choice"] = (f, x, y) => Flow.Cond(Size(x) < 1, (x, y), p => f(p.x, p.y), p => f(p.y, p.x) - p.x),
        ["loops in loops"] = (f, x, y) => Flow.While(
            (x, y, Tensor.Of(0L)), s => s.Item3 < 3,
            s =>
            {
                var inner = Flow.While(
                    (s.Item1, Tensor.Of(0)), t => t.Item2.Cast(DType.Int64) < s.Item3 + 1,
                    t => (f(t.Item1, s.Item2), t.Item2 + 1)).Item1;
                return (
                    Flow.Cond(Size(inner) < 2, (inner, y), p => p.inner * p.y, p => Tensor.Tanh(p.inner)),
                    s.Item1, s.Item3 + 1);
            }).Item1,
        ["picked"] = (f, x, y) => Flow.Fori(0, 3, x, (i, s) =>
            f(s, y) + Tensor.Concat([s, y]).Take(Tensor.Stack([i, 3 - i]))),
    };

    private delegate Tensor Step(Tensor x, Tensor y);

    public static TheoryData<string, DType> FormsAndTypes =>
        new(from form in Forms.Keys from dtype in new[] { DType.Float64, DType.Float32 } select (form, dtype));

    [Theory]
    [MemberData(nameof(FormsAndTypes))]
    public void AStraightMethodHasTheBitsOfTheMachine(string form, DType dtype)
    {
        var coverage = new Coverage();
        var random = new Random(7);
        Law.Holds(25, Programs.On([[2], [2]], operations: 6, dtype), p =>
        {
            var f = Closed.Of([new(dtype, [2]), new(dtype, [2])], x => [Forms[form](Bounded(p), x[0], x[1])]);
            foreach (var program in new[] { f, Derived.Jvp(f), Derived.Vjp(f), Derived.Jvp(Derived.Vjp(f)) })
            {
                var machine = new Machine(Planner.Plan(program, isStraight: false));
                var straight = new Machine(Planner.Plan(program));
                var isStraight = StraightSize.Of(straight.Plan.Program) is not null;
                coverage.Count(isStraight, "straight");
                straight.Compile();
                var x = Samples.Directions(program.Parameters, random);
                Near.Bits(machine.Run(x, Workers.Single), straight.Run(x, Workers.Single), $"{form} of {p}");
                x = [.. x.Select(v => Samples.WithSpecials(v, random))];
                Near.Bits(machine.Run(x, Workers.Single), straight.Run(x, Workers.Single), $"{form} of {p}, special");
            }
        });
        coverage.Require(0.8, "straight");
    }

    // What a random program gives, as a vector of two that does not grow from trip to trip.
    private static Step Bounded(RandomProgram program) => (x, y) => Tensor.Tanh(program.Total(x, y)) - (x / 2);

    private static Tensor Size(Tensor x) => Tensor.Abs(x).Sum();
}
