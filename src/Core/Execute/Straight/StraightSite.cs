using DistGrad.Execute.Kernels;

namespace DistGrad.Execute.Straight;

/// <summary>The memory of one run of a straight program at a time.</summary>
internal sealed class StraightSite
{
    private readonly Room[] rooms;

    public StraightSite(int frameBytes, int rooms)
    {
        Memory = new(frameBytes);
        this.rooms = new Room[rooms];
        for (var i = 0; i < rooms; i++)
            this.rooms[i] = new();
    }

    public nint Frame => Memory.Start;

    // Held so that it lives as long as the address does.
    private Memory Memory { get; }

    /// <summary>
    /// Memory for what is kept of so many trips; 0 where the machine would rather compute some of it again.
    /// </summary>
    public nint Reserve(int room, long trips, int bytes)
    {
        if (trips > SweepsKernel.Budget / Math.Max(bytes, 1))
            return 0;
        rooms[room].Reserve(trips * bytes);
        return rooms[room].Start;
    }
}
