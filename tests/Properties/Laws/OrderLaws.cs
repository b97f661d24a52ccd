using DistGrad.Properties.Generators;
using DistGrad.Verification;
using FsCheck.Fluent;
using Xunit;

namespace DistGrad.Properties.Laws;

public class OrderLaws
{
    [Fact]
    public void OperandsComeFirstAndEachOnce()
    {
        var coverage = new Coverage();
        Law.Holds(100, Programs.Any(), p =>
        {
            var f = Derived.Vjp(Closed.Of(p));
            var order = Order.Of(f.Results);
            var place = new Dictionary<Application, int>(ReferenceEqualityComparer.Instance);
            foreach (var node in order)
                place[node] = place.Count;
            Assert.Equal(order.Count, place.Count);
            foreach (var node in order)
                Assert.All(node.Operands, o => Assert.True(place[o.Source] < place[node]));
            Assert.All(f.Results, r => Assert.True(place.ContainsKey(r.Source)));
            coverage.Count(
                order.SelectMany(n => n.Operands).GroupBy(o => o.Source).Any(g => g.Count() > 1), "shared nodes");
        });
        coverage.Require(0.5, "shared nodes");
    }

    // Sharing makes a tree of 2^60 leaves of sixty nodes.
    [Fact]
    public void ASharedNodeIsVisitedOnce()
    {
        var x = Tensor.Parameter(new(DType.Float64, []), "x");
        var y = x;
        for (var i = 0; i < 60; i++)
            y += y;
        Assert.Equal(61, Order.Of([y]).Count);
        Assert.Equal(60, Order.Dependents([y], [x]).Count);
    }

    [Fact]
    public void DependentsAreThoseOnTheWayFromTheVariables()
    {
        var (x, z) = (Tensor.Parameter(new(DType.Float64, []), "x"), Tensor.Parameter(new(DType.Float64, []), "z"));
        var (before, beside) = (Tensor.Sin(z), Tensor.Cos(z));
        var along = Tensor.Tanh(x * before);
        var y = along + beside;
        var dependents = Order.Dependents([y, beside], [x]);
        Assert.Equal([along.Source.Operands[0].Source, along.Source, y.Source], dependents);
        Assert.Empty(Order.Dependents([beside], [x]));
        Assert.Empty(Order.Dependents([y], []));
    }
}
