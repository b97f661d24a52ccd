using DistGrad.Distributed.Compute;
using DistGrad.Distributed.Data;
using DistGrad.Distributed.Grains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Storage;

namespace DistGrad.Distributed;

/// <summary>Makes a silo one that trains.</summary>
public static class DistGradServices
{
    /// <summary>
    /// Adds to a silo what it needs to train. Its data sources are services of type <see cref="IDataSource"/>. Runs are
    /// kept in memory unless the silo has a grain storage named "distgrad".
    /// </summary>
    public static IServiceCollection AddDistGrad(
        this IServiceCollection services, Action<DistGradOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<DistGradOptions>()
            .Configure(configure ?? (_ => { }))
            .Validate(o => o.Threads > 0, "DistGradOptions.Threads: at least one thread is needed");
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<SiloCompute>();
        services.TryAddSingleton<ProgramCache>();
        services.TryAddSingleton<DataSources>();
        services.TryAddSingleton<Membership>();
        services.TryAddSingleton<IExchange, GrainExchange>();
        services.AddPlacementDirector<SiloPlacement, SiloPlacementDirector>();
        services.TryAddKeyedSingleton<IGrainStorage>(
            Storage.Name, (provider, name) => MemoryGrainStorageFactory.Create(provider, (string)name!));
        return services;
    }
}
