using DistGrad.Execute.Loops;

namespace DistGrad.Execute.Straight;

/// <summary>
/// A program in straight lines: every element of a value, or every vector of them, has a register of its own, and what
/// only reads, pads or joins arrays has become other names.
/// </summary>
internal sealed class StraightProgram(Part whole, Register frame, int areaBytes, int rooms)
{
    private readonly Dictionary<Register, int> slots = [];

    public Part Whole => whole;

    /// <summary>Where the frame lies.</summary>
    public Register Frame => frame;

    /// <summary>How many loops need memory of their own.</summary>
    public int Rooms => rooms;

    /// <summary>The methods that were made, which call each other, and so must live as long as any.</summary>
    public List<StraightBody> Bodies { get; } = [];

    /// <summary>How much memory the frame needs, once all methods are made.</summary>
    public int FrameBytes { get; private set; } = areaBytes;

    /// <summary>Where in the frame a register is handed over.</summary>
    public int SlotOf(Register register)
    {
        if (!slots.TryGetValue(register, out var slot))
        {
            var bytes = register.Lane is null ? sizeof(long) : LaneFunction.VectorBytes;
            slots[register] = slot = (FrameBytes + bytes - 1) & -bytes;
            FrameBytes = slot + bytes;
        }
        return slot;
    }
}
