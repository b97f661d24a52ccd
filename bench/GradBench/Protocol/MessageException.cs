namespace DistGrad.GradBench.Protocol;

/// <summary>A message that cannot be answered as asked: what was asked, what was found.</summary>
internal sealed class MessageException(string message) : Exception(message);
