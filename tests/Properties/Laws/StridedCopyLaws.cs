using DistGrad.Execute;
using DistGrad.Execute.Kernels;
using DistGrad.Properties.Generators;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit;

namespace DistGrad.Properties.Laws;

public class StridedCopyLaws
{
    /// <summary>
    /// An axis of a view of a dense array: its length, its place in memory (axes of a lower place lie closer
    /// together), the gap between its elements, and whether it runs backwards or repeats one element.
    /// </summary>
    public sealed record Axis(int Length, int Place, int Gap, bool Backwards, bool Repeats);

    const int Page = 4096;

    static readonly Workers Two = new(2);

    static readonly Gen<Axis> Axes =
        from length in Gen.Frequency(
            (6, Gen.Choose(1, 6)), (3, Gen.Choose(7, 20)), (1, Gen.Constant(0)), (1, Gen.Choose(60, 140)))
        from place in Gen.Choose(0, 20)
        from gap in Gen.Frequency((3, Gen.Constant(1)), (1, Gen.Choose(2, 3)))
        from backwards in Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)))
        from repeats in Gen.Frequency((6, Gen.Constant(false)), (1, Gen.Constant(true)))
        select new Axis(length, place, gap, backwards, repeats);

    static Arbitrary<Axis[]> Views => Arb.From(
        from rank in Gen.Choose(0, 9)
        from axes in Gen.ArrayOf(Axes, rank)
        where axes.Aggregate(1L, (size, axis) => size * axis.Length) <= 200_000
              && axes.Aggregate(1L, (size, axis) => size * Math.Max(1, axis.Length) * axis.Gap) <= 2_000_000
        select axes,
        axes => axes.Select((_, i) => axes.Where((_, j) => j != i).ToArray())
            .Concat(axes.Select((_, i) =>
                axes.Select((axis, j) => j == i ? axis with { Length = axis.Length / 2 } : axis).ToArray()))
            .Where(smaller => !smaller.SequenceEqual(axes)));

    static Arbitrary<int[]> Gaps => Arb.From(
        Gen.ArrayOf(Gen.Frequency((4, Gen.Constant(1)), (1, Gen.Choose(2, 3))), 9));

    [Property(MaxTest = 300)]
    public Property CopiesEveryViewOfFourBytes() => Prop.ForAll(Views, axes => Agrees(axes, i => (float)i)
        .Classify(axes.Length > 8, "more than 8 axes")
        .Classify(axes.Aggregate(1, (size, axis) => size * axis.Length) >= 1 << 16, "shared by threads")
        .Classify(axes.Any(axis => axis.Length == 0), "empty"));

    [Property(MaxTest = 100)]
    public Property CopiesEveryViewOfEightBytes() => Prop.ForAll(Views, axes => Agrees(axes, i => (long)i));

    [Property(MaxTest = 100)]
    public Property CopiesEveryViewOfOneByte() => Prop.ForAll(Views, axes => Agrees(axes, i => (byte)i));

    public static TheoryData<int, int> Matrices => new()
    {
        { 1, 1 }, { 3, 5 }, { 4, 8 }, { 64, 64 }, { 65, 67 }, { 300, 411 }, { 8, 9000 },
    };

    [Theory]
    [MemberData(nameof(Matrices))]
    public void TransposesMatrices(int rows, int columns)
    {
        Axis[] axes = [new(rows, 0, 1, false, false), new(columns, 1, 1, false, false)];
        Assert.True(Agrees(axes, i => (float)i));
        Assert.True(Agrees(axes, i => (double)i));
        Assert.True(Agrees(axes, i => (short)i));
    }

    /// <summary>
    /// The first axis, if it is longer than 1, may stay apart, and is then copied part by part; the elements of the
    /// target may lie apart, and what lies between them stays.
    /// </summary>
    [Property(MaxTest = 300)]
    public Property CopiesIntoEveryRegion() => Prop.ForAll(Views, Gaps, (axes, gaps) =>
        Agrees(axes, i => (long)i, gaps).Classify(gaps[0] == 1, "contiguous in its last axis")
        .Classify(axes.Length > 1 && axes[0].Length > 1, "part by part"));

    /// <summary>Also where a stretch lies in its page nearly where its copy does in another.</summary>
    [Fact]
    public unsafe void CopiesStretchesWhereverTheyLie()
    {
        var (coverage, random) = (new Coverage(), new Random(1));
        byte[] source = GC.AllocateArray<byte>(3 * Page, pinned: true), target = GC.AllocateArray<byte>(4 * Page, true);
        random.NextBytes(source);
        for (var i = 0; i < 2000; i++)
        {
            var (length, first, ahead) = (random.Next(2 * Page), random.Next(Page), random.Next(-80, 80));
            fixed (byte* from = &source[first], free = target)
            {
                var to = from + ahead - free & (Page - 1);
                var expected = target.ToArray();
                source.AsSpan(first, length).CopyTo(expected.AsSpan((int)to));
                new StridedCopy([length], [1], [1]).Copy(from, free + to, Workers.Single);
                Assert.True(target.AsSpan().SequenceEqual(expected), $"{length} bytes, {ahead} ahead");
            }
            Array.Clear(target);
            coverage.Count(ahead is > 0 and < 64 && length > 512, "nearly there");
        }
        coverage.Require(0.2, "nearly there");
    }

    static bool Agrees<T>(Axis[] axes, Func<int, T> element, int[]? gaps = null)
        where T : unmanaged
    {
        var strides = new nint[axes.Length];
        nint size = 1, start = 0;
        foreach (var i in Enumerable.Range(0, axes.Length).Where(i => !axes[i].Repeats).OrderBy(i => axes[i].Place))
        {
            var stride = size * axes[i].Gap;
            strides[i] = axes[i].Backwards ? -stride : stride;
            if (axes[i].Backwards) start += Math.Max(0, axes[i].Length - 1) * stride;
            size = stride * Math.Max(1, axes[i].Length);
        }

        var source = Enumerable.Range(0, (int)size).Select(element).ToArray();
        var shape = axes.Select(axis => (nint)axis.Length).ToArray();
        var expected = new List<T>();
        Visit(0, start);
        var (targets, reach) = Targets(shape, gaps ?? []);
        var mark = element(77);
        var whole = Enumerable.Repeat(mark, (int)reach + 1).ToArray();
        for (var i = 0; i < expected.Count; i++)
            whole[Place(i)] = expected[i];
        return new[] { Workers.Single, Two }.All(workers => new[] { false, true }.All(isFirstApart =>
            Copied(shape, strides, targets, source, (int)start, Array.ConvertAll(whole, _ => mark), workers,
                isFirstApart).SequenceEqual(whole)));

        nint Place(nint i)
        {
            nint place = 0;
            for (var axis = shape.Length - 1; axis >= 0; axis--)
            {
                place += i % shape[axis] * targets[axis];
                i /= shape[axis];
            }
            return place;
        }

        void Visit(int axis, nint offset)
        {
            if (axis == shape.Length) expected.Add(source[offset]);
            else for (nint i = 0; i < shape[axis]; i++) Visit(axis + 1, offset + i * strides[axis]);
        }
    }

    /// <summary>The strides of a region whose axes lie in order, with gaps, and how far it reaches.</summary>
    static (nint[] Strides, nint Reach) Targets(nint[] shape, int[] gaps)
    {
        var strides = new nint[shape.Length];
        nint size = 1;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = size * (i < gaps.Length ? gaps[i] : 1);
            size = strides[i] * Math.Max(1, shape[i]);
        }
        return (strides, size);
    }

    static unsafe T[] Copied<T>(
        nint[] shape, nint[] strides, nint[] targets, T[] source, int start, T[] result, Workers workers,
        bool isFirstApart)
        where T : unmanaged
    {
        fixed (T* from = &source[start], to = result)
        {
            if (!isFirstApart || shape.Length == 0 || shape[0] < 2)
                new StridedCopy(shape, strides, targets).Copy(from, to, workers);
            else
            {
                var copy = new StridedCopy(shape, strides, targets, isFirstApart: true);
                var half = shape[0] / 2;
                copy.Copy(from, to, half, workers);
                copy.Copy(from + half * strides[0], to + half * targets[0], shape[0] - half, workers);
            }
        }
        return result;
    }
}
