using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DistGrad;

/// <summary>
/// The dimensions of an array, outermost first; <c>[]</c> is a scalar. Equal to another of the same dimensions.
/// </summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Shape : IEquatable<Shape>, IReadOnlyList<int>
{
    private readonly ImmutableArray<int> dimensions;

    // Computed when first asked for; two threads that ask at once write the same.
    private Ints strides;

    private Shape(ImmutableArray<int> dimensions)
    {
        this.dimensions = dimensions;
        Size = Product(dimensions);
    }

    /// <summary>The shape of a single number.</summary>
    public static Shape Scalar { get; } = new([]);

    /// <summary>The number of axes.</summary>
    public int Rank => dimensions.Length;

    /// <summary>The number of elements: the product of the dimensions, 1 for a scalar.</summary>
    public int Size { get; }

    int IReadOnlyCollection<int>.Count => Rank;

    /// <summary>The length of an axis, counted from the outermost.</summary>
    public int this[int axis] => dimensions[axis];

    /// <summary>The length of an axis, counted from either end: <c>shape[^1]</c> is the innermost.</summary>
    public int this[Index axis] => dimensions[axis];

    /// <summary>A shape of these dimensions, none negative; their product at most 2^31 - 1.</summary>
    public static Shape Of(params int[] dimensions) => Create(dimensions);

    /// <summary>A shape of these dimensions, as a collection expression makes it.</summary>
    public static Shape Create(ReadOnlySpan<int> dimensions) => dimensions.IsEmpty ? Scalar : new([.. dimensions]);

    /// <summary>The dimensions as a span.</summary>
    public ReadOnlySpan<int> AsSpan() => dimensions.AsSpan();

    /// <inheritdoc/>
    public bool Equals(Shape? other) =>
        ReferenceEquals(this, other) || (other is not null && AsSpan().SequenceEqual(other.AsSpan()));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var dimension in dimensions)
            hash.Add(dimension);
        return hash.ToHashCode();
    }

    /// <summary>The dimensions in brackets: <c>[128, 784]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", dimensions)}]";

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)dimensions).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Whether two shapes have the same dimensions.</summary>
    public static bool operator ==(Shape? left, Shape? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether two shapes differ in a dimension.</summary>
    public static bool operator !=(Shape? left, Shape? right) => !(left == right);

    /// <summary>How many elements lie between neighbours along each axis of a row-major array.</summary>
    internal Ints Strides()
    {
        if (strides.Count == Rank)
            return strides;
        var steps = new int[Rank];
        for (int axis = Rank - 1, step = 1; axis >= 0; step *= Math.Max(dimensions[axis], 1), axis--)
            steps[axis] = step;
        return strides = new(ImmutableCollectionsMarshal.AsImmutableArray(steps));
    }

    /// <summary>The axis counted from the front, where a negative one counts from the back.</summary>
    internal int Axis(int axis, string operation) => axis >= -Rank && axis < Rank
        ? axis < 0 ? axis + Rank : axis
        : throw new IndexException($"{operation}: axis {axis} is outside the {Rank} axes of {this}");

    /// <summary>The named axes counted from the front, in order, each once; all axes when none is named.</summary>
    internal Ints Axes(IEnumerable<int>? axes, string operation)
    {
        if (axes is null)
            return Ints.Range(0, Rank);
        var front = axes.Select(a => Axis(a, operation)).Order().ToArray();
        for (var i = 1; i < front.Length; i++)
        {
            if (front[i] == front[i - 1])
                throw new IndexException($"{operation}: axis {front[i]} of {this} is named twice");
        }
        return Ints.Of(front);
    }

    /// <summary>
    /// Refuses axes that are not counted from the front, in order, each once, as <see cref="Axes"/> gives them.
    /// </summary>
    internal void RequireAxes(Ints axes, string operation)
    {
        for (var i = 0; i < axes.Count; i++)
        {
            if (axes[i] < 0 || axes[i] >= Rank || (i > 0 && axes[i] <= axes[i - 1]))
                throw new IndexException($"{operation}: {axes} are not axes of {this} in order, each once");
        }
    }

    internal Shape With(int axis, int length)
    {
        var changed = dimensions.ToArray();
        changed[axis] = length;
        return Create(changed);
    }

    internal Shape Insert(int axis, int length) => new(dimensions.Insert(axis, length));

    internal Shape RemoveAt(int axis) => new(dimensions.RemoveAt(axis));

    /// <summary>Without these axes.</summary>
    internal Shape Without(Ints axes) => [.. dimensions.Where((_, axis) => !axes.Contains(axis))];

    /// <summary>With these axes of length 1.</summary>
    internal Shape Keeping(Ints axes) => [.. dimensions.Select((d, axis) => axes.Contains(axis) ? 1 : d)];

    private static int Product(ImmutableArray<int> dimensions)
    {
        var product = 1L;
        var empty = false;
        foreach (var dimension in dimensions)
        {
            if (dimension < 0)
                throw new ShapeException($"[{string.Join(", ", dimensions)}]: a dimension cannot be negative");
            empty |= dimension == 0;
            product = Math.Min(product * Math.Max(dimension, 1), int.MaxValue + 1L);
        }
        return empty ? 0 : product <= int.MaxValue ? (int)product : throw new ShapeException(
            $"[{string.Join(", ", dimensions)}]: more than {int.MaxValue} elements");
    }
}
