namespace DistGrad.Distributed;

/// <summary>A run that cannot be begun, or cannot go on: the message says on which silo and why.</summary>
public sealed class TrainingException : DistGradException
{
    /// <summary>An error with this message.</summary>
    public TrainingException(string message) : base(message)
    {
    }

    /// <summary>An error with this message and its cause.</summary>
    public TrainingException(string message, Exception cause) : base(message, cause)
    {
    }
}
