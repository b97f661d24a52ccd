using System.Collections.Immutable;

namespace DistGrad.Execute.Straight;

/// <summary>What loops take from trip to trip, as numbers, as rows of memory, and as what is kept of a trip.</summary>
internal sealed partial class StraightBuilder
{
    /// <summary>What runs along a loop lies in the frame where it is no larger than so many bytes.</summary>
    private const int LargestArea = 1024;

    /// <summary>
    /// States of a loop as numbers one after the other. Those that the body hands on as it finds them are left out:
    /// they are what they were first.
    /// </summary>
    private sealed class States(StraightBuilder builder, ImmutableArray<TensorType> types, bool[] isKept)
    {
        public int Count => types.Where((_, i) => !IsKept(i)).Sum(t => t.Shape.Size);

        public Scalar[] Flat(ReadOnlySpan<Held> held)
        {
            var flat = new List<Scalar>();
            for (var i = 0; i < types.Length; i++)
            {
                if (!IsKept(i))
                    flat.AddRange(builder.Elements(held[i], types[i]));
            }
            return [.. flat];
        }

        public Held[] Held(Scalar[] flat, Held[] first)
        {
            var (held, at) = (new Held[types.Length], 0);
            for (var i = 0; i < held.Length; i++)
            {
                var size = types[i].Shape.Size;
                held[i] = IsKept(i) ? first[i] : new Held.Numbers(flat[at..(at + size)]);
                at += IsKept(i) ? 0 : size;
            }
            return held;
        }

        private bool IsKept(int i) => i < isKept.Length && isKept[i];
    }

    /// <summary>An array in memory along whose first axis a loop runs.</summary>
    private sealed record Stack(TensorType Type, Held.Stored Memory)
    {
        public TensorType RowType => Type with { Shape = Type.Shape.RemoveAt(0) };

        /// <summary>Bytes from one row to the next.</summary>
        public int Step => Memory.Layout.Strides[0] * Type.DType.ByteSize;

        public Scalar Last(StraightBuilder builder) =>
            builder.Plus(Memory.Address, (long)(Type.Shape[0] - 1) * Step);

        public Held Row(Scalar address) =>
            Memory with { Address = address, Layout = new([.. Memory.Layout.Strides.Skip(1)], Memory.Layout.Offset) };
    }

    /// <summary>
    /// What is kept of a trip: numbers that are the same in all trips as they are, and of the others the places in a
    /// row of memory.
    /// </summary>
    private sealed record Kept(TensorType Type, Scalar?[] Same, int Offset)
    {
        public Held.Numbers In(StraightBuilder builder, Scalar row)
        {
            var stored = new Held.Stored(row, default, IsGiven: false);
            return new Held.Numbers(
            [
                .. Same.Select((same, e) => same ?? builder.Loaded(stored, Type.DType, Offset + (e * sizeof(long)))),
            ]);
        }
    }

    private Kept Keep(Held x, TensorType type, Scalar row, int offset)
    {
        var outside = current.Depth - 2;
        var elements = Elements(x, type);
        var same = new Scalar?[elements.Length];
        for (var e = 0; e < same.Length; e++)
        {
            if ((elements[e].Home?.Depth ?? 0) <= outside)
                same[e] = elements[e];
            else
                current.Steps.Add(new Store(elements[e], row, offset + (e * sizeof(long))));
        }
        return new(type, same, offset);
    }

    /// <summary>The same in memory, if it is not there.</summary>
    private Held.Stored InMemory(Held x, TensorType type)
    {
        if (x is Held.Stored stored)
            return stored;
        var memory = Area(type);
        Write(x, type, memory.Address, 0);
        return memory;
    }

    /// <summary>Where a loop writes what runs along it: where it is wanted, or into memory of the run.</summary>
    private Held.Stored PlaceFor(Tensor result) => direct.TryGetValue(result, out var index)
        ? new(AddressAt(results, index), Layout.RowMajor(result.Shape), IsGiven: false)
        : Area(result.Type);

    private Held.Stored Area(TensorType type)
    {
        var bytes = type.Shape.Size * type.DType.ByteSize;
        if (bytes > LargestArea)
            return new(Reserved(Known(1), bytes), Layout.RowMajor(type.Shape), IsGiven: false);
        var address = Plus(frame, areaBytes);
        areaBytes += (bytes + sizeof(long) - 1) & -sizeof(long);
        return new(address, Layout.RowMajor(type.Shape), IsGiven: false);
    }
}
