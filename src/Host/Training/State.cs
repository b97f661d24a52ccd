using DistGrad.Learn;

namespace DistGrad.Host.Training;

/// <summary>A model in training and what its optimiser remembers.</summary>
internal sealed record State(Mlp Model, OptimiserState Optimiser)
{
    public static State Start(Recipe recipe, Optimiser optimiser)
    {
        var model = recipe.Model.Create(recipe.Seed);
        return Diff.Evaluate(new State(model, optimiser.Init(model)));
    }
}

/// <summary>The state after a step, and how the one before it did on the batch.</summary>
internal sealed record Stepped(State State, Tensor Loss, Tensor Accuracy)
{
    /// <summary>One step down the gradient of the batch's mean loss: a pure function of tensors.</summary>
    public static Stepped Of(Model kind, Optimiser optimiser, State state, Batch batch)
    {
        var (loss, gradient, scores) = Diff.ValueAndGrad(state.Model, model =>
        {
            var scores = model.Apply(batch.Images);
            return (kind.Loss(scores, batch.Labels), scores);
        });
        var (updates, next) = optimiser.Update(gradient, state.Optimiser, state.Model);
        return new(new(Learn.Optimiser.Apply(state.Model, updates), next), loss, Metric.Accuracy(scores, batch.Labels));
    }
}
