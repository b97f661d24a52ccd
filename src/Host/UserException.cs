namespace DistGrad.Host;

/// <summary>What the user has to put right, in one line.</summary>
internal sealed class UserException(string message) : Exception(message);
