namespace DistGrad.Learn;

/// <remarks>
/// The optimisers by the names that the field knows them by. Weight decay is coupled (added to the gradient) save in
/// AdamW.
/// </remarks>
public sealed partial class Optimiser
{
    /// <summary>p - rate g; with momentum, g is replaced by its running sum (see <see cref="Trace"/>).</summary>
    public static Optimiser Sgd(
        Schedule rate, double momentum = 0, bool nesterov = false, double weightDecay = 0, double dampening = 0)
    {
        if (nesterov && (momentum <= 0 || dampening != 0))
            throw new OptionException(
                $"Sgd: Nesterov's step needs a momentum and no dampening; found momentum {momentum} and dampening " +
                $"{dampening}");
        return Chain(AddWeightDecay(weightDecay), Momentum(momentum, dampening, nesterov), Descend(rate));
    }

    /// <summary>Adam (Kingma and Ba 2015), or Amsgrad (Reddi et al. 2018).</summary>
    public static Optimiser Adam(
        Schedule rate,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double eps = 1e-8,
        double weightDecay = 0,
        bool amsgrad = false) =>
        Chain(AddWeightDecay(weightDecay), ScaleByAdam(beta1, beta2, eps, amsgrad), Descend(rate));

    /// <summary>
    /// Adam with the weight decay decoupled from it: p - rate (adam + decay p) (Loshchilov and Hutter 2019).
    /// </summary>
    public static Optimiser AdamW(
        Schedule rate,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double eps = 1e-8,
        double weightDecay = 0.01,
        bool amsgrad = false) =>
        Chain(ScaleByAdam(beta1, beta2, eps, amsgrad), AddWeightDecay(weightDecay), Descend(rate));

    /// <summary>RMSprop (Tieleman and Hinton 2012).</summary>
    public static Optimiser RmsProp(
        Schedule rate,
        double decay = 0.99,
        double eps = 1e-8,
        double momentum = 0,
        bool centred = false,
        double weightDecay = 0) =>
        Chain(AddWeightDecay(weightDecay), ScaleByRms(decay, eps, centred), Momentum(momentum), Descend(rate));

    /// <summary>Adagrad (Duchi et al. 2011).</summary>
    public static Optimiser Adagrad(Schedule rate, double start = 0, double eps = 1e-10, double weightDecay = 0) =>
        Chain(AddWeightDecay(weightDecay), ScaleByAdagrad(start, eps), Descend(rate));

    /// <summary>Adadelta (Zeiler 2012).</summary>
    public static Optimiser Adadelta(Schedule rate, double decay = 0.9, double eps = 1e-6, double weightDecay = 0) =>
        Chain(AddWeightDecay(weightDecay), ScaleByAdadelta(decay, eps), Descend(rate));

    /// <summary>Adamax (Kingma and Ba 2015, section 7).</summary>
    public static Optimiser Adamax(
        Schedule rate, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weightDecay = 0) =>
        Chain(AddWeightDecay(weightDecay), ScaleByAdamax(beta1, beta2, eps), Descend(rate));

    private static Optimiser Momentum(double momentum, double dampening = 0, bool nesterov = false) =>
        momentum == 0 ? Chain() : Trace(momentum, dampening, nesterov);
}
