using System.Numerics;
using DistGrad.Plan;

namespace DistGrad.Execute.Kernels;

internal sealed unsafe class GatherKernel<T, TIndex>(Instruction instruction) : IndexKernel<TIndex>(
    instruction, ((Gather)instruction.Primitive).Axis, instruction.Operands[0].Shape, instruction.Operands[0].Layout),
    IRowKernel
    where T : unmanaged
    where TIndex : unmanaged, IBinaryInteger<TIndex>
{
    /// <summary>Places of so many elements stay in the second cache.</summary>
    private const int MostPlaces = 1 << 16;

    private readonly View x = instruction.Operands[0];
    private readonly View y = instruction.Results[0];

    public int PartialBytes => 0;

    public override void Run(Frame frame) => InParts(frame, y.Shape.Size);

    public void Rows(Frame frame, int first, int end, byte* partial)
    {
        var size = y.Shape.Size / y.Shape[0];
        Part(frame, first * size, (end - first) * size);
    }

    public void Finish(Frame frame, byte* partials, int tiles)
    {
    }

    protected override void Part(Frame frame, int start, int count)
    {
        var repeats = count > 1 && Repeats(MostPlaces);
        Pointed pointed = new(frame.At<T>(x), repeats ? (int*)Scratch.Take((nint)MostPlaces * sizeof(int)) : null);
        Walk(frame, start, count, &pointed, frame.At<T>(y));
    }

    protected override void Row(
        void* first, void* second, nint place, nint beside, TIndex* pointers, int count)
    {
        ref var pointed = ref *(Pointed*)first;
        T* from = (T*)pointed.From + beside, to = (T*)second + place;
        if (Step == 0 && Beside == 1)
            StridedCopy.Piece((byte*)(from + Reached(*pointers)), (byte*)to, (nint)count * sizeof(T));
        else if (pointed.Places != null)
        {
            if (pointed.Pointers != pointers || pointed.Count < count)
            {
                Find(pointers, pointed.Places, count);
                pointed.Pointers = pointers;
                pointed.Count = count;
            }
            Copy(from, pointed.Places, to, count);
        }
        else
        {
            var (beyond, step, reach) = (Beside, Step, new Reach(this));
            for (var end = to + count; to < end; to++, from += beyond, pointers += step)
                *to = from[reach.Of(*pointers)];
        }
    }

    /// <summary>Where a row's pointers point to, from the row's start.</summary>
    private void Find(TIndex* pointers, int* places, int count)
    {
        var (beyond, step, reach) = (Beside, Step, new Reach(this));
        nint beside = 0;
        for (var i = 0; i < count; i++, beside += beyond, pointers += step)
            places[i] = (int)(beside + reach.Of(*pointers));
    }

    private static void Copy(T* from, int* places, T* to, int count)
    {
        var i = 0;
        for (; i <= count - 4; i += 4)
        {
            var (a, b, c, d) = (from[places[i]], from[places[i + 1]], from[places[i + 2]], from[places[i + 3]]);
            (to[i], to[i + 1], to[i + 2], to[i + 3]) = (a, b, c, d);
        }
        for (; i < count; i++)
            to[i] = from[places[i]];
    }

    /// <summary>What is picked from, and the row whose pointers were followed last, for rows that repeat.</summary>
    private struct Pointed(T* from, int* places)
    {
        public readonly T* From = from;
        public readonly int* Places = places;
        public TIndex* Pointers;
        public int Count;
    }
}
