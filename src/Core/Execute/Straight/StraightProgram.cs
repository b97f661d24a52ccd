using DistGrad.Execute.Loops;

namespace DistGrad.Execute.Straight;

/// <summary>
/// A program as numbers in straight lines: every element of every value is a number of its own, and what only reads,
/// pads or joins arrays has become other names.
/// </summary>
internal sealed class StraightProgram(Part whole, Scalar frame, int areaBytes, int rooms)
{
    private readonly Dictionary<Scalar, int> slots = [];

    public Part Whole => whole;

    /// <summary>Where the frame lies.</summary>
    public Scalar Frame => frame;

    /// <summary>How many loops need memory of their own.</summary>
    public int Rooms => rooms;

    /// <summary>The methods that were made, which call each other, and so must live as long as any.</summary>
    public List<StraightBody> Bodies { get; } = [];

    /// <summary>How much memory the frame needs, once all methods are made.</summary>
    public int FrameBytes { get; private set; } = areaBytes;

    /// <summary>Where in the frame a number is handed over.</summary>
    public int SlotOf(Scalar number)
    {
        if (!slots.TryGetValue(number, out var slot))
        {
            var bytes = number.Lane is null ? sizeof(long) : LaneFunction.VectorBytes;
            slots[number] = slot = (FrameBytes + bytes - 1) & -bytes;
            FrameBytes = slot + bytes;
        }
        return slot;
    }
}
