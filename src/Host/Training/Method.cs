using System.Collections.Immutable;
using DistGrad.Learn;

namespace DistGrad.Host.Training;

/// <summary>An optimiser that the tool offers.</summary>
internal sealed record Method(string Name, Func<Schedule, Optimiser> Create, Func<Rates, double> Rate)
{
    public static ImmutableArray<Method> All { get; } =
    [
        new("sgd", rate => Optimiser.Sgd(rate), rates => rates.Sgd),
        new("momentum", rate => Optimiser.Sgd(rate, momentum: 0.9), rates => rates.Momentum),
        new("adam", rate => Optimiser.Adam(rate), rates => rates.Adam),
    ];
}

/// <summary>The first learning rate that suits a model, for each optimiser.</summary>
internal sealed record Rates(double Sgd, double Momentum, double Adam);
