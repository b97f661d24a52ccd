namespace DistGrad.Host.Training;

/// <summary>Examples to compute with.</summary>
/// <param name="Images">float32[n, 784], each pixel from 0 to 1.</param>
/// <param name="Labels">int64[n].</param>
internal sealed record Batch(Tensor Images, Tensor Labels);
