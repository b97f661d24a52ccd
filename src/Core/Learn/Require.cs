using System.Globalization;

namespace DistGrad.Learn;

/// <summary>The ranges that options of optimisers and schedules must lie in.</summary>
internal static class Require
{
    public static void AtLeastZero(string owner, string name, double value) =>
        That(double.IsFinite(value) && value >= 0, owner, name, value, "a finite number of at least 0");

    public static void Positive(string owner, string name, double value) =>
        That(double.IsFinite(value) && value > 0, owner, name, value, "a finite number above 0");

    /// <summary>A share kept from one step to the next, which must be less than all of it.</summary>
    public static void Decay(string owner, string name, double value) =>
        That(value is >= 0 and < 1, owner, name, value, "at least 0 and less than 1");

    /// <summary>A part of a whole, none and all of it included.</summary>
    public static void Share(string owner, string name, double value) =>
        That(value is >= 0 and <= 1, owner, name, value, "within [0, 1]");

    private static void That(bool holds, string owner, string name, double value, string needed)
    {
        if (!holds)
            throw new OptionException(
                $"{owner}: {name} is {value.ToString(CultureInfo.InvariantCulture)}; it must be {needed}");
    }
}
