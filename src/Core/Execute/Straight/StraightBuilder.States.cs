using System.Collections.Immutable;

namespace DistGrad.Execute.Straight;

/// <summary>What loops take from trip to trip: registers, rows of memory, and what is kept of a trip.</summary>
internal sealed partial class StraightBuilder
{
    /// <summary>What runs along a loop lies in the frame where it is no larger than so many bytes.</summary>
    private const int LargestArea = 1024;

    /// <summary>
    /// States of a loop as registers one after the other. Those that the body hands on as it finds them are left out:
    /// they are what they were first.
    /// </summary>
    private sealed class States(StraightBuilder builder, ImmutableArray<TensorType> types)
    {
        /// <summary>The width of the lanes of those that are vectors.</summary>
        private readonly int[] laneBytes = new int[types.Length];

        private readonly bool[] isKept = new bool[types.Length];

        public int Count => Enumerable.Range(0, types.Length).Sum(CountOf);

        /// <summary>Of a body from (constants, states, rows) to the next states.</summary>
        public static States Of(
            StraightBuilder builder, Lambda body, IEnumerable<Form> constants, Held[] first, Form[] rows)
        {
            Form[] given = [.. constants];
            var parameters = body.Parameters.Slice(given.Length, first.Length);
            var states = new States(builder, [.. parameters.Select(p => p.Type)]);
            var forms = Forms.OfStates(body, given, [.. first.Select(Form.Of)], rows);
            for (var i = 0; i < first.Length; i++)
            {
                states.isKept[i] = body.Results[i] == parameters[i];
                states.laneBytes[i] = forms[i].LaneBytes;
            }
            return states;
        }

        public Register[] Flat(ReadOnlySpan<Held> held)
        {
            var flat = new List<Register>();
            for (var i = 0; i < types.Length; i++)
            {
                if (isKept[i])
                    continue;
                flat.AddRange(
                    laneBytes[i] > 0
                        ? builder.VectorsOf(held[i], types[i], laneBytes[i])
                        : builder.Elements(held[i], types[i]));
            }
            return [.. flat];
        }

        public Held[] Held(Register[] flat, Held[] first)
        {
            var (held, at) = (new Held[types.Length], 0);
            for (var i = 0; i < held.Length; i++)
            {
                var own = flat[at..(at + CountOf(i))];
                held[i] = isKept[i] ? first[i]
                    : laneBytes[i] > 0 ? new Held.Vectors(own, laneBytes[i])
                    : new Held.Numbers(own);
                at += own.Length;
            }
            return held;
        }

        private int CountOf(int i) => isKept[i] ? 0
            : laneBytes[i] > 0 ? Form.Vectors(types[i].Shape, laneBytes[i])
            : types[i].Shape.Size;
    }

    /// <summary>An array in memory along whose first axis a loop runs.</summary>
    private sealed record Stack(TensorType Type, Held.Stored Memory)
    {
        public TensorType RowType => Type with { Shape = Type.Shape.RemoveAt(0) };

        /// <summary>Bytes from one row to the next.</summary>
        public int Step => Memory.Layout.Strides[0] * Type.DType.ByteSize;

        public Register Last(StraightBuilder builder) =>
            builder.Plus(Memory.Address, (long)(Type.Shape[0] - 1) * Step);

        public Held Row(Register address) =>
            Memory with { Address = address, Layout = new([.. Memory.Layout.Strides.Skip(1)], Memory.Layout.Offset) };
    }

    /// <summary>
    /// What is kept of a trip: numbers or vectors that are the same in all trips as they are, and of the others the
    /// places in a row of memory.
    /// </summary>
    private sealed record Kept(TensorType Type, int LaneBytes, Register?[] Same, int Offset)
    {
        public Form Form => new(LaneBytes, null);

        public Held In(StraightBuilder builder, Register row)
        {
            Held.Stored stored = new(row, new(Type.Shape.Strides(), Offset / Type.DType.ByteSize), IsGiven: false);
            Register[] all =
            [
                .. Same.Select((same, i) => same ?? (LaneBytes > 0
                    ? builder.LoadedVector(stored, Type, LaneBytes, i)
                    : builder.Loaded(stored, Type.DType, Offset + (i * sizeof(long))))),
            ];
            return LaneBytes > 0 ? new Held.Vectors(all, LaneBytes) : new Held.Numbers(all);
        }
    }

    private Kept Keep(Held x, TensorType type, Register row, int offset)
    {
        var outside = current.Depth - 2;
        var vectors = x as Held.Vectors;
        var all = vectors?.All ?? Elements(x, type);
        var same = new Register?[all.Length];
        for (var i = 0; i < same.Length; i++)
        {
            if ((all[i].Home?.Depth ?? 0) <= outside)
            {
                same[i] = all[i];
                continue;
            }
            current.Steps.Add(
                vectors is null
                    ? new Store(all[i], row, offset + (i * sizeof(long)))
                    : StoreOf(all[i], i, type, row, offset));
        }
        return new(type, vectors?.LaneBytes ?? 0, same, offset);
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
