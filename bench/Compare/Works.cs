namespace DistGrad.Compare;

/// <summary>What each piece of work is called, on both sides.</summary>
internal static class Works
{
    public const string OneWeight = "one-weight SGD, per sample";
    public const string Logistic = "logistic regression 1024x64";
    public const string Mlp32 = "MLP 784-512-256-10, batch 32";
    public const string Mlp128 = "MLP 784-512-256-10, batch 128";
    public const string Mlp1024 = "MLP 784-512-256-10, batch 1024";
    public const string SmallMlp = "MLP 2-32-32-1 tanh, batch 64";
    public const string Deep = "32 layers of 64, tanh, batch 64";
    public const string Cnn = "LeNet-like CNN 28x28, batch 64";
    public const string LstmFused = "LSTM h128 i64 s32 b32, fused op";
    public const string LstmCells = "LSTM h128 i64 s32 b32, loop of cells";
    public const string Transformer = "transformer block d128 h4 s64 b16";
    public const string BlackScholes = "Black-Scholes 1e6, 4 gradients";
    public const string Gates = "mean(sigmoid(a*b+c)*tanh(d)) 1e6, 4 gradients";
    public const string Hvp = "Hessian-vector product, MLP 64-128-128-10 b128";
    public const string RosenbrockGradient = "Rosenbrock, 100 dimensions, gradient";
    public const string RosenbrockHessian = "Rosenbrock, 100 dimensions, full Hessian";
    public const string PerExample = "per-example gradients, MLP 2-32-32-1, 128 examples";
    public const string Softmax = "softmax fwd+bwd, 4096x1024";
    public const string LayerNorm = "layernorm fwd+bwd, 4096x1024";
    public const string LayerNormSoftmax = "layernorm then softmax fwd+bwd, 4096x1024";
    public const string SumRows = "sum over axis 0, 4096x1024";
    public const string SumColumns = "sum over axis 1, 4096x1024";
    public const string Broadcast = "broadcast add fwd+bwd, [1024,1]+[1,1024]";
    public const string FirstResult = "whole process, first result of the one-weight example";

    /// <summary>The step of gradient descent that training takes.</summary>
    public const double Rate = 0.01;

    /// <summary>The interest rate of the options.</summary>
    public const double Interest = 0.02;

    /// <summary>What keeps a variance of 0 from dividing.</summary>
    public const double Eps = 1e-5;
}
