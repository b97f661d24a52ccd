using DistGrad.Learn;

namespace DistGrad.Host.Training;

/// <summary>
/// What performs a run's steps: one process here, or a cluster. The parameters have the same bits in either case.
/// </summary>
internal interface ITrainer
{
    /// <summary>The parameters after all steps, each of which is reported.</summary>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    Mlp Train(Recipe recipe, Batches batches, Action<Progress> report, CancellationToken stop);
}

/// <summary>How far a run has come.</summary>
/// <param name="Epoch">The epoch of the last step, from 1.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps to do in all.</param>
/// <param name="Loss">The mean loss over the last step's batch, before the step.</param>
/// <param name="Accuracy">The share of that batch that was right, before the step.</param>
/// <param name="Examples">Examples gone through.</param>
internal sealed record Progress(int Epoch, int Step, int Steps, double Loss, double Accuracy, long Examples);
