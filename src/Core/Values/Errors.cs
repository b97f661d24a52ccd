namespace DistGrad;

/// <summary>
/// A user's mistake, told as what was asked, what was found and, where it is known, the line that asked.
/// </summary>
public class DistGradException : Exception
{
    /// <summary>An error with this message and the line of the caller's code that led to it.</summary>
    public DistGradException(string message) : base(Provenance.Locate(message))
    {
    }

    /// <summary>An error with this message and its cause.</summary>
    public DistGradException(string message, Exception cause) : base(Provenance.Locate(message), cause)
    {
    }
}

/// <summary>Shapes that do not fit the operation asked of them.</summary>
public sealed class ShapeException(string message) : DistGradException(message);

/// <summary>Element types that do not fit the operation asked of them.</summary>
public sealed class DTypeException(string message) : DistGradException(message);

/// <summary>An axis, index or range outside what it indexes.</summary>
public sealed class IndexException(string message) : DistGradException(message);

/// <summary>A matrix without the inverse or the factor asked of it; known only once its elements are.</summary>
public sealed class MatrixException(string message) : DistGradException(message);

/// <summary>A value was asked of a tensor that depends on the parameter of a function.</summary>
public sealed class OpenTensorException(string message) : DistGradException(message);

/// <summary>A derivative was asked where there is none.</summary>
public sealed class DifferentiationException(string message) : DistGradException(message);

/// <summary>An argument outside its range.</summary>
public sealed class OptionException(string message) : DistGradException(message);

/// <summary>A random key was used at two places.</summary>
public sealed class KeyReuseException(string message) : DistGradException(message);

/// <summary>An object that cannot be taken apart into tensors, or put together again.</summary>
public sealed class TreeException(string message) : DistGradException(message);

/// <summary>Bytes that are not a canonical value or program.</summary>
public sealed class WireException : DistGradException
{
    /// <summary>An error with this message.</summary>
    public WireException(string message) : base(message)
    {
    }

    /// <summary>An error with this message and its cause.</summary>
    public WireException(string message, Exception cause) : base(message, cause)
    {
    }
}
