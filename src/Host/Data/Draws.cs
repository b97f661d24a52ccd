namespace DistGrad.Host.Data;

/// <summary>Numbers drawn evenly from [0, 1), taken one after the other.</summary>
internal ref struct Draws(ReadOnlySpan<float> numbers)
{
    private readonly ReadOnlySpan<float> numbers = numbers;
    private int next;

    /// <summary>A number from [low, high).</summary>
    public double Between(double low, double high) => low + ((high - low) * numbers[next++]);

    /// <summary>A number within spread of 0, rather near it than far.</summary>
    public double Around(double spread) => spread * ((double)numbers[next++] + numbers[next++] - 1);

    /// <summary>One of 0 to count - 1.</summary>
    public int Choice(int count) => (int)(count * (double)numbers[next++]);
}
