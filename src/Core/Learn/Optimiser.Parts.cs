namespace DistGrad.Learn;

/// <remarks>
/// The small optimisers, of which the big ones are chains. In a rule g is the gradient, p the parameter, t the step
/// counted from 1, m and v running moments. Scalars of the step are float64 until they meet a parameter.
/// </remarks>
public sealed partial class Optimiser
{
    /// <summary>-rate g: the last part of a chain that goes downhill.</summary>
    public static Optimiser Descend(Schedule rate)
    {
        ArgumentNullException.ThrowIfNull(rate);
        return Rate(rate, -1);
    }

    /// <summary>rate g, where the rate may depend on the step.</summary>
    public static Optimiser ScaleBySchedule(Schedule rate)
    {
        ArgumentNullException.ThrowIfNull(rate);
        return Rate(rate, 1);
    }

    /// <summary>factor g.</summary>
    public static Optimiser Scale(double factor) => Stateless((g, _) => factor * g);

    /// <summary>
    /// g + decay p. Before the other parts this is the gradient of the penalty decay |p|^2 / 2; after them it is
    /// decoupled from what they do (Loshchilov and Hutter 2019).
    /// </summary>
    public static Optimiser AddWeightDecay(double decay)
    {
        Require.AtLeastZero("AddWeightDecay", nameof(decay), decay);
        return decay == 0 ? Chain() : Stateless((g, p) => g + (decay * p));
    }

    /// <summary>
    /// b = momentum b + (1 - dampening) g, with b = g at first: the running sum b, or g + momentum b for Nesterov's
    /// (Sutskever et al. 2013).
    /// </summary>
    public static Optimiser Trace(double momentum, double dampening = 0, bool nesterov = false)
    {
        Require.Decay("Trace", nameof(momentum), momentum);
        Require.Share("Trace", nameof(dampening), dampening);
        return Of(1, (g, _, step, slots) =>
        {
            var added = (momentum * slots[0]) + ((1 - dampening) * g);
            var b = dampening == 0 ? added : Tensor.Where(Tensor.Equal(step, 0), g, added);
            return new(nesterov ? g + (momentum * b) : b, [b]);
        });
    }

    /// <summary>
    /// m / (1 - beta1^t) over sqrt(v / (1 - beta2^t)) + eps, with m = beta1 m + (1 - beta1) g and v = beta2 v + (1 -
    /// beta2) g^2 (Kingma and Ba 2015, algorithm 1). With amsgrad, the greatest v so far takes the place of v (Reddi et
    /// al. 2018).
    /// </summary>
    public static Optimiser ScaleByAdam(
        double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, bool amsgrad = false)
    {
        RequireBetas("ScaleByAdam", beta1, beta2, eps);
        return Of(amsgrad ? 3 : 2, (g, _, step, slots) =>
        {
            var (m, v) = (Mean(beta1, slots[0], g), Mean(beta2, slots[1], g * g));
            var greatest = amsgrad ? Tensor.Maximum(slots[2], v) : v;
            var first = m / Correction(beta1, step, g);
            var second = Tensor.Sqrt(greatest / Correction(beta2, step, g));
            return new(first / (second + eps), amsgrad ? [m, v, greatest] : [m, v]);
        });
    }

    /// <summary>
    /// m / (1 - beta1^t) over u, with m as in Adam and u = max(beta2 u, |g| + eps) (Kingma and Ba 2015, algorithm 2).
    /// </summary>
    public static Optimiser ScaleByAdamax(double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8)
    {
        RequireBetas("ScaleByAdamax", beta1, beta2, eps);
        return Of(2, (g, _, step, slots) =>
        {
            var (m, u) = (Mean(beta1, slots[0], g), Tensor.Maximum(beta2 * slots[1], Tensor.Abs(g) + eps));
            return new(m / Correction(beta1, step, g) / u, [m, u]);
        });
    }

    /// <summary>
    /// g / (sqrt(v) + eps) with v = decay v + (1 - decay) g^2; centred, v - h^2 takes the place of v, where h = decay h
    /// + (1 - decay) g (Tieleman and Hinton 2012; Graves 2013).
    /// </summary>
    public static Optimiser ScaleByRms(double decay = 0.99, double eps = 1e-8, bool centred = false)
    {
        Require.Decay("ScaleByRms", nameof(decay), decay);
        Require.AtLeastZero("ScaleByRms", nameof(eps), eps);
        return Of(centred ? 2 : 1, (g, _, _, slots) =>
        {
            var v = Mean(decay, slots[0], g * g);
            if (!centred)
                return new(g / (Tensor.Sqrt(v) + eps), [v]);
            // A variance, which rounding could put below 0 where gradients hardly change.
            var h = Mean(decay, slots[1], g);
            return new(g / (Tensor.Sqrt(Tensor.Maximum(v - (h * h), 0)) + eps), [v, h]);
        });
    }

    /// <summary>g / (sqrt(s) + eps) with s = s + g^2 (Duchi et al. 2011).</summary>
    public static Optimiser ScaleByAdagrad(double start = 0, double eps = 1e-10)
    {
        Require.AtLeastZero("ScaleByAdagrad", nameof(start), start);
        Require.AtLeastZero("ScaleByAdagrad", nameof(eps), eps);
        return Of(1, (g, _, _, slots) =>
        {
            var s = slots[0] + (g * g);
            return new(g / (Tensor.Sqrt(s) + eps), [s]);
        }, start);
    }

    /// <summary>
    /// d = sqrt(u + eps) / sqrt(s + eps) g, with s = decay s + (1 - decay) g^2 before it and u = decay u + (1 - decay)
    /// d^2 after it (Zeiler 2012).
    /// </summary>
    public static Optimiser ScaleByAdadelta(double decay = 0.9, double eps = 1e-6)
    {
        Require.Decay("ScaleByAdadelta", nameof(decay), decay);
        Require.AtLeastZero("ScaleByAdadelta", nameof(eps), eps);
        return Of(2, (g, _, _, slots) =>
        {
            var s = Mean(decay, slots[0], g * g);
            var d = Tensor.Sqrt(slots[1] + eps) / Tensor.Sqrt(s + eps) * g;
            return new(d, [s, Mean(decay, slots[1], d * d)]);
        });
    }

    /// <summary>
    /// All gradients times min(1, greatest / (n + eps)), where n is the 2-norm of all of them together (Pascanu et al.
    /// 2013).
    /// </summary>
    public static Optimiser ClipByGlobalNorm(double greatest, double eps = 1e-6)
    {
        Require.Positive("ClipByGlobalNorm", nameof(greatest), greatest);
        Require.AtLeastZero("ClipByGlobalNorm", nameof(eps), eps);
        return new(new Part(0, 0, (g, _, _, _) =>
        {
            var norm = Tensor.Stack(g.Select(leaf => leaf.Norm().Cast(DType.Float64))).Norm();
            var factor = Tensor.Minimum(greatest / (norm + eps), 1);
            return ([.. g.Select(leaf => factor.Cast(leaf.DType) * leaf)], []);
        }));
    }

    /// <summary>Each element kept within [-greatest, greatest].</summary>
    public static Optimiser ClipByValue(double greatest)
    {
        Require.Positive("ClipByValue", nameof(greatest), greatest);
        return Stateless((g, _) => Tensor.Clamp(g, -greatest, greatest));
    }

    private static Optimiser Stateless(Func<Tensor, Tensor, Tensor> rule) => Of(0, (g, p, _, _) => new(rule(g, p), []));

    private static Optimiser Rate(Schedule rate, double sign) =>
        Of(0, (g, _, step, _) => new((sign * rate.At(step)).Cast(g.DType) * g, []));

    /// <summary>The exponential moving average of x, of which the decay is kept at each step.</summary>
    private static Tensor Mean(double decay, Tensor average, Tensor x) => (decay * average) + ((1 - decay) * x);

    /// <summary>
    /// 1 - decay^t for the update numbered t from 1: the weight that a moving average has gathered by then. By expm1,
    /// since 1 - 0.999 in float32 has lost four digits.
    /// </summary>
    private static Tensor Correction(double decay, Tensor step, Tensor like) =>
        (-Tensor.Expm1((step + 1).Cast(DType.Float64) * Math.Log(decay))).Cast(like.DType);

    private static void RequireBetas(string owner, double beta1, double beta2, double eps)
    {
        Require.Decay(owner, nameof(beta1), beta1);
        Require.Decay(owner, nameof(beta2), beta2);
        Require.AtLeastZero(owner, nameof(eps), eps);
    }
}
