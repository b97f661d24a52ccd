using System.Collections.Immutable;
using DistGrad.Execute;
using DistGrad.Plan;
using DistGrad.Properties.Generators;
using DistGrad.Verification;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>
/// To keep less and compute it again changes no derivative; and the order of a plan makes sure that less is kept.
/// </summary>
public class CheckpointLaws
{
    private const int Layers = 24;
    private const int Width = 96;

    [Fact]
    public void ACheckpointedProgramHasTheSameDerivatives()
    {
        Law.Holds(60, Programs.WithInputs(Programs.Any(operations: 8)), c =>
        {
            var f = Closed.Of(c.Program);
            var g = Checkpointed(f);
            var random = new Random(f.ToString().Length);
            Same(f, g, "value");
            Same(Derived.Jvp(f), Derived.Jvp(g), "forward");
            Same(Derived.Vjp(f), Derived.Vjp(g), "reverse");
            Same(Derived.Vjp(Derived.Vjp(f)), Derived.Vjp(Derived.Vjp(g)), "reverse over reverse");
            Same(Derived.Jvp(Derived.Vjp(f)), Derived.Jvp(Derived.Vjp(g)), "forward over reverse");
            Same(Batched(Derived.Vjp(f)), Batched(Derived.Vjp(g)), "batch");

            void Same(Lambda expected, Lambda found, string of)
            {
                ImmutableArray<Value> x = [.. c.Inputs.Select(t => t.ToValue())];
                x = expected.Parameters[0].Type == f.Parameters[0].Type ? x : [.. x.Select(Twice)];
                x = [.. x, .. Samples.Directions(expected.Parameters.Skip(x.Length), random)];
                Near.Relative(
                    1e-9, Derived.Flat(Interpreter.Run(expected, x)), Derived.Flat(Interpreter.Run(found, x)), of);
            }
        });

        static Lambda Batched(Lambda f) => Derived.Vmap(f, 2, [.. f.Parameters.Select(_ => true)]);

        static Value Twice(Value x) => Tensor.Stack([Tensor.Of(x), Tensor.Of(x)]).ToValue();
    }

    [Fact]
    public void GroupsOfAboutTheSquareRootOfTheLayersKeepFewArrays()
    {
        var (weights, x) = (Weights(), Uniform(100));
        var program = Diff.Trace(weights, w => Diff.ValueAndGrad(w, v => Chain(v, x, 0)));
        var grouped = Diff.Trace(weights, w => Diff.ValueAndGrad(w, v => Chain(v, x, 5)));
        Assert.InRange(grouped.Cost().ScratchBytes, 1, program.Cost().ScratchBytes * 2 / 5);
        Assert.InRange(grouped.Cost().Flops, program.Cost().Flops, program.Cost().Flops * 3 / 2);
        ImmutableArray<Value> arguments = [.. weights.Select(w => w.ToValue())];
        Near.Relative(
            1e-9, Derived.Flat(Machine.Of(program).Run(arguments, Workers.Single)),
            Derived.Flat(Machine.Of(grouped).Run(arguments, Workers.Single)), "grouped");
    }

    [Fact]
    public void WhatAFunctionTakesFromOutsideIsDifferentiatedToo()
    {
        var (a, b) = (Tensor.Of(0.7), Tensor.Of(-1.3));
        var gradient = Diff.Grad((a, b), p => Diff.Checkpoint((Tensor x) => Tensor.Sin(x * p.b) + p.b)(p.a));
        Assert.Equal(-1.3 * Math.Cos(0.7 * -1.3), gradient.a.Item(), 12);
        Assert.Equal((0.7 * Math.Cos(0.7 * -1.3)) + 1, gradient.b.Item(), 12);
    }

    [Fact]
    public void AnOrderHasAllThatIsComputedAndOperandsFirst()
    {
        var moved = 0;
        Law.Holds(150, Programs.Any(operations: 20), p =>
        {
            var program = Fusion.Fuse(Lowering.Lower(Derived.Vjp(Closed.Of(p))));
            var order = Schedule.Of(program, little: 1);
            Assert.Equal(program.Body.Length, order.Distinct<Application>(ReferenceEqualityComparer.Instance).Count());
            Assert.Equal(program.Body.Length, order.Count);
            var known = program.Parameters.Select(q => q.Source)
                .ToHashSet<Application>(ReferenceEqualityComparer.Instance);
            foreach (var node in order)
            {
                Assert.All(node.Operands, o => Assert.Contains(o.Source, known));
                known.Add(node);
            }
            moved += order.SequenceEqual(program.Body, ReferenceEqualityComparer.Instance) ? 0 : 1;
        });
        Assert.True(moved > 15, $"only {moved} of 150 programs changed their order");
    }

    private static Lambda Checkpointed(Lambda f)
    {
        ImmutableArray<Tensor> parameters = [.. f.Parameters.Select(p => Tensor.Parameter(p.Type, "x"))];
        return new("checkpointed", parameters, Application.Of(new Checkpointed(f), parameters).Results);
    }

    private static Tensor[] Weights() => [.. Enumerable.Range(0, Layers).Select(i => Uniform(i) * 0.2)];

    private static Tensor Uniform(long seed) => Tensor.Uniform(Key.Of(seed), [Width, Width]) - 0.5;

    private static Tensor Chain(Tensor[] weights, Tensor x, int group)
    {
        if (group == 0)
            return Part(x, 0, Layers).Mean();
        for (var first = 0; first < Layers; first += group)
        {
            var (start, end) = (first, Math.Min(Layers, first + group));
            x = Diff.Checkpoint((Tensor h) => Part(h, start, end))(x);
        }
        return x.Mean();

        Tensor Part(Tensor h, int start, int end)
        {
            for (var i = start; i < end; i++)
                h = Tensor.Tanh(h.MatMul(weights[i])) + h;
            return h;
        }
    }
}
