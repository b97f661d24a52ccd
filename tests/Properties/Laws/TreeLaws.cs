using System.Collections.Immutable;
using System.Collections.ObjectModel;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit;

namespace DistGrad.Properties.Laws;

/// <summary>Taking a tree apart and putting it together again is the identity, and mapping is a functor.</summary>
public class TreeLaws
{
    /// <summary>A value of each kind of tree, and the paths of its leaves.</summary>
    public static TheoryData<object, string[]> Specimens => new()
    {
        { W, [""] },
        { Key.Of(3), [""] },
        { new Dense(W, B), ["Weights", "Bias"] },
        { new Dense(W, null), ["Weights"] },
        {
            new Model("net", [new(W, B), new(B, null)], Key.Of(1), 0.5),
            ["Layers[0].Weights", "Layers[0].Bias", "Layers[1].Weights", "Seed"]
        },
        { new Tall(W, "t") { Extra = B, Note = "n" }, ["Weights", "Extra"] },
        { new Options { Scale = W, Shift = B, Count = 3 }, ["Scale", "Shift"] },
        { new Derived(W, B), ["B", "A"] },
        { new Cased(W, B), ["W", "w"] },
        { new Place(W, 2), ["X"] },
        { new Changing { X = W, Y = B }, ["X", "Y"] },
        { new Plain(W, B), ["First", "Second"] },
        { new Hidden(W), ["Inner"] },
        { new Named(W), ["Inner"] },
        { new Widening([W, B]), ["Items[0]", "Items[1]"] },
        { new { Left = W, Size = 3, Right = B }, ["Left", "Right"] },
        { (W, 1, B), ["item1", "item3"] },
        { (W, 1, 2, 3, 4, 5, 6, B, 8, B, 10, 11, 12, 13, W), ["item1", "item8", "item10", "item15"] },
        { Tuple.Create(W, "a", B), ["item1", "item3"] },
        { Tuple.Create(1, 2, 3, 4, 5, 6, 7, W), ["item8"] },
        { new Tensor[] { W, B }, ["[0]", "[1]"] },
        { new Tensor[][] { [W], [], [B] }, ["[0][0]", "[2][0]"] },
        { new List<Dense> { new(W, B) }, ["[0].Weights", "[0].Bias"] },
        { ImmutableArray.Create(W, B), ["[0]", "[1]"] },
        { ImmutableList.Create(W, B), ["[0]", "[1]"] },
        { new ReadOnlyCollection<Tensor>([W, B]), ["[0]", "[1]"] },
        { new List<object?> { W, null, 3, "x", B }, ["[0]", "[4]"] },
        {
            new Faces([W, B], [W], [], new Dictionary<string, Tensor> { ["k"] = B }),
            ["List[0]", "List[1]", "Items[0]", "Map[\"k\"]"]
        },
        {
            new Dictionary<string, Tensor> { ["b"] = W, ["B"] = B, ["a\"\\"] = W },
            ["[\"B\"]", "[\"a\\\"\\\\\"]", "[\"b\"]"]
        },
        { new Dictionary<(string, int), Tensor> { [("b", 1)] = W, [("B", 2)] = B }, ["[(B, 2)]", "[(b, 1)]"] },
        { ImmutableDictionary.CreateRange([KeyValuePair.Create(10, W), KeyValuePair.Create(9, B)]), ["[9]", "[10]"] },
        { new SortedDictionary<string, Tensor> { ["b"] = W, ["a"] = B }, ["[\"a\"]", "[\"b\"]"] },
        { new SortedList<DType, Tensor> { [DType.Int64] = W, [DType.Float32] = B }, ["[Float32]", "[Int64]"] },
        { ImmutableSortedDictionary.CreateRange([KeyValuePair.Create("b", W)]), ["[\"b\"]"] },
        { new ReadOnlyDictionary<string, Tensor>(new Dictionary<string, Tensor> { ["b"] = W }), ["[\"b\"]"] },
        { KeyValuePair.Create("k", W), ["Value"] },
        { new Maybe(new Place(W, 1), null), ["One.X"] },
        {
            new Static(
                W, 1, 2.5, "s", true, DayOfWeek.Friday, DType.Float64, [2, 3], typeof(int), Math.Sin, [1, 2], new([4])),
            ["X"]
        },
    };

    private static Tensor W { get; } = Tensor.Of(1.0);

    private static Tensor B { get; } = Tensor.Of(2.0);

    [Theory, MemberData(nameof(Specimens))]
    public void EachKindGivesItsLeavesInOrderAndIsRebuilt(object value, string[] paths)
    {
        var flat = Tree.Flatten(value);
        Assert.Equal(paths, flat.Paths);
        var built = flat.Unflatten(flat.Leaves);
        Assert.Equal(value.GetType(), built.GetType());
        var again = Tree.Flatten(built);
        Assert.Equal(flat.Structure, again.Structure);
        Assert.Equal(flat.Structure.GetHashCode(), again.Structure.GetHashCode());
        Assert.All(flat.Leaves.Zip(again.Leaves), pair => Assert.Same(pair.First, pair.Second));
        if (value is not Key)
            Assert.Equivalent(value, built, strict: true);
    }

    [Theory, MemberData(nameof(Specimens))]
    public void OtherLeavesGoWhereTheFirstCameFrom(object value, string[] paths)
    {
        var flat = Tree.Flatten(value);
        var others = paths.Select((_, i) => Tensor.Of((long)i)).ToArray();
        var again = Tree.Flatten(flat.Unflatten(others));
        Assert.Equal(flat.Structure, again.Structure);
        Assert.All(others.Zip(again.Leaves), pair => Assert.Same(pair.First, pair.Second));
    }

    /// <summary>Members are where their names say, not merely in some order that is the same on the way back.</summary>
    [Fact]
    public void LeavesAreTheMembersThatTheirPathsName()
    {
        var model = new Model("net", [new(W, B)], Key.Of(1), 0.5);
        var leaves = Tree.Leaves(model).ToDictionary(l => l.Path, l => l.Tensor);
        Assert.Same(model.Layers[0].Weights, leaves["Layers[0].Weights"]);
        Assert.Same(model.Layers[0].Bias, leaves["Layers[0].Bias"]);
        Assert.Same(model.Seed.Data, leaves["Seed"]);
        var derived = Tree.Map(new Derived(W, B), x => x == W ? B : W);
        Assert.Equal(new Derived(B, W), derived);
        Assert.Equal((B, 1, W), Tree.Map((W, 1, B), x => x == W ? B : W));
        var options = Tree.Map(new Options { Scale = W, Shift = B }, x => x == W ? B : W);
        Assert.Equal(new Options { Scale = B, Shift = W }, options);
    }

    [Property]
    public Property UnflattenUndoesFlatten() => Prop.ForAll(Models, model =>
    {
        var flat = Tree.Flatten(model);
        var built = flat.Unflatten(flat.Leaves);
        var again = Tree.Flatten(built);
        return (again.Structure.Equals(flat.Structure) &&
            again.Leaves.Zip(flat.Leaves, ReferenceEquals).All(same => same) &&
            built.ToString() == model.ToString() && flat.Paths.Distinct().Count() == flat.Leaves.Length)
            .Classify(flat.Leaves.Length == 1, "one leaf").Classify(flat.Leaves.Length > 5, "many leaves");
    });

    [Property]
    public Property MapOfTheIdentityIsTheIdentity() => Prop.ForAll(Models, model =>
        Same(Tree.Map(model, x => x), model));

    [Property]
    public Property MapOfACompositionIsTheCompositionOfMaps() => Prop.ForAll(Models, model =>
        Same(Tree.Map(model, x => F(G(x))), Tree.Map(Tree.Map(model, G), F)));

    [Property]
    public Property MapOfTwoTreesTakesTheLeavesAtTheSamePath() => Prop.ForAll(Models, model =>
        Same(Tree.Map(model, Tree.Map(model, F), (_, y) => y), Tree.Map(model, F)) &&
        Same(Tree.Map(model, Tree.Map(model, F), (x, _) => x), model));

    [Property]
    public Property StructuresAreEqualWhenAllButTheLeavesIs() => Prop.ForAll(Models, Models, (x, y) =>
        Tree.Flatten(x).Structure.Equals(Tree.Flatten(y).Structure) ==
        (Tree.Map(x, _ => W).ToString() == Tree.Map(y, _ => W).ToString()));

    [Fact]
    public void DeepAndLongTreesNeedNoCallStack()
    {
        var chain = Enumerable.Range(0, 100_000).Aggregate((Chain?)null, (next, i) => new Chain(W, next));
        Assert.Equal(100_000, Tree.Flatten(Tree.Map(chain, x => B)).Leaves.Count(x => x == B));
        var list = Enumerable.Repeat(W, 100_000).ToList();
        Assert.Equal("[99999]", Tree.Flatten(list).Paths[^1]);
    }

    [Fact]
    public void ADictionaryKeepsItsComparerAndTheOrderOfItsAdditions()
    {
        var map = new Dictionary<string, Tensor>(StringComparer.OrdinalIgnoreCase) { ["z"] = W, ["a"] = B };
        var built = Tree.Map(map, x => x);
        Assert.Same(W, built["Z"]);
        Assert.Equal(["z", "a"], built.Keys);
        var other = new Dictionary<string, Tensor> { ["a"] = B, ["z"] = W };
        Assert.Equal(Tree.Flatten(map).Structure, Tree.Flatten(other).Structure);
        var sorted = new SortedDictionary<int, Tensor>(Comparer<int>.Create((x, y) => y - x)) { [1] = W, [2] = B };
        Assert.Equal([2, 1], Tree.Map(sorted, x => x).Keys);
    }

    [Fact]
    public void AnArrayThatIsNotThereStaysAway() =>
        Assert.True(Tree.Map((default(ImmutableArray<Tensor>), W), x => x).Item1.IsDefault);

    [Fact]
    public void StaticMembersAreTheSameObjects()
    {
        var sizes = new List<int> { 1 };
        Func<Tensor, Tensor> f = x => x;
        var built = Tree.Map((W, sizes, f), x => B);
        Assert.Same(sizes, built.sizes);
        Assert.Same(f, built.f);
    }

    /// <summary>What is refused, and the words by which the message teaches.</summary>
    public static TheoryData<object?, string[]> Mistakes => new()
    {
        { null, ["null", "no tensor"] },
        { 5, ["Int32", "no tensor"] },
        { new List<Tensor>(), ["List<Tensor>", "no tensor"] },
        { new Dense(null!, null), ["Dense", "no tensor", "Tensor"] },
        { new Place(null!, 1), ["Place", "no tensor"] },
        { new Mutable { X = W }, ["Mutable", "X", "record"] },
        { new Field { X = W }, ["Field", "X", "record"] },
        { (1, new Mutable { X = W }), ["item2", "Mutable"] },
        { (1, new List<object> { new Queue<Tensor>([W]) }), ["item2[0]", "Queue<Tensor>", "list"] },
        { new HashSet<Tensor> { W }, ["HashSet<Tensor>", "order"] },
        { new List<Tensor> { W }.Select(x => x), ["Tensor", "array"] },
        { Lazily(), ["collection", "array"] },
        { new Tensor[1, 1], ["Tensor[,]", "array of arrays"] },
        { new Lazy<Tensor>(W), ["Lazy<Tensor>", "record"] },
        { new Queue<object>([W]), ["Queue<Object>", "Tensor", "out of reach"] },
        { (B, new HashSet<object> { W }), ["item2", "HashSet<Object>", "out of reach"] },
        { new Dictionary<Tensor, Tensor> { [W] = B }, ["keys", "Tensor"] },
        { new Dictionary<Type, Tensor> { [typeof(int)] = B }, ["keys", "order", "Type"] },
        { new Unmatched(W), ["Unmatched", "weights", "Tensor", "record"] },
        { new Cached(W), ["Cached", "Twice"] },
        { new Secret(3), ["Secret", "state"] },
        { new Box(W), ["Box", "Tensor", "record"] },
        { Cycle(), ["Next[0]", "cycle"] },
    };

    [Theory, MemberData(nameof(Mistakes))]
    public void MistakesAreToldWithTheTypeThePathAndTheRemedy(object? value, string[] words)
    {
        var error = Assert.Throws<TreeException>(() => Tree.Flatten(value));
        Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void UnflattenCountsItsLeaves()
    {
        var flat = Tree.Flatten(new Dense(W, B));
        Refuses("2 leaves; found 1", [W]);
        Refuses("2 leaves; found 3", [W, B, W]);
        Refuses("Bias", [W, null!]);

        void Refuses(string words, Tensor[] leaves) => Assert.Contains(
            words, Assert.Throws<TreeException>(() => flat.Unflatten(leaves)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void APartMayStandInSeveralPlaces()
    {
        var layer = new Dense(W, B);
        var flat = Tree.Flatten(new[] { layer, layer });
        Assert.Equal(["[0].Weights", "[0].Bias", "[1].Weights", "[1].Bias"], flat.Paths);
    }

    /// <summary>Two trees that do not agree, and the words that say where.</summary>
    public static TheoryData<object, object, string[]> Differences => new()
    {
        { new Dense(W, B), new Dense(W, null), ["Bias", "Tensor", "null"] },
        { new List<Tensor> { W, B }, new List<Tensor> { W }, ["value itself", "2", "1"] },
        { (W, 1), (W, 2), ["item2", "1", "2"] },
        { (W, "a"), (W, "b"), ["item2", "\"a\"", "\"b\""] },
        {
            (W, new Dictionary<string, Tensor> { ["a"] = W }), (W, new Dictionary<string, Tensor> { ["b"] = W }),
            ["item2", "\"a\"", "\"b\""]
        },
        { new List<object> { W, W }, new List<object> { W, Key.Of(1) }, ["[1]", "Tensor", "Key"] },
    };

    [Theory, MemberData(nameof(Differences))]
    public void TreesThatDifferAreToldWhere(object first, object second, string[] words)
    {
        Assert.NotEqual(Tree.Flatten(first).Structure, Tree.Flatten(second).Structure);
        var error = Assert.Throws<TreeException>(() => Tree.Map(first, second, (x, y) => x + y));
        Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
    }

    private static Tensor F(Tensor x) => Tensor.Of(Number(x) + 1);

    private static Tensor G(Tensor x) => Tensor.Of(Number(x) * 3);

    private static double Number(Tensor x) => x.KnownValue!.AsSpan<double>()[0];

    /// <summary>Whether two models print alike and hold the same numbers.</summary>
    private static bool Same(Net x, Net y) => Tree.Flatten(x).Structure.Equals(Tree.Flatten(y).Structure) &&
        Tree.Flatten(x).Leaves.Select(Number).SequenceEqual(Tree.Flatten(y).Leaves.Select(Number));

    private static Arbitrary<Net> Models => Arb.From(
        from name in Gen.Elements("a", "b")
        from scale in Leaves
        from layers in Gen.Sized(size => Gen.ArrayOf(Layers, Math.Min(size, 4)))
        from parts in Gen.ArrayOf(Leaves, 2)
        from keys in Gen.SubListOf("x", "Y", "z")
        select new Net(name, scale, [.. layers], keys.ToImmutableDictionary(k => k, k => parts[0])),
        net => net.Layers.Select(layer => net with { Layers = net.Layers.Remove(layer) }));

    private static Gen<ILayer> Layers => Gen.OneOf(
        from w in Leaves
        from b in Gen.OneOf(Leaves.Select(l => (Tensor?)l), Gen.Constant<Tensor?>(null))
        select (ILayer)new Linear(w, b),
        from rate in Gen.Choose(1, 3) select (ILayer)new Dropout(rate),
        from x in Leaves from n in Gen.Choose(0, 2) select (ILayer)new Pair((x, n), [x, x]));

    private static Gen<Tensor> Leaves => Gen.Choose(-9, 9).Select(n => Tensor.Of((double)n));

    private static IEnumerable<Tensor> Lazily()
    {
        yield return W;
    }

    private static Knot Cycle()
    {
        var next = new List<Knot>();
        var knot = new Knot(W, next);
        next.Add(knot);
        return knot;
    }

    private interface ILayer;

    private sealed record Linear(Tensor Weights, Tensor? Bias) : ILayer;

    private sealed record Dropout(int Rate) : ILayer;

    private sealed record Pair((Tensor, int) Both, IReadOnlyList<Tensor> More) : ILayer
    {
        public override string ToString() => $"Pair {Both} {string.Join(",", More)}";
    }

    private sealed record Net(
        string Name, Tensor Scale, ImmutableList<ILayer> Layers, ImmutableDictionary<string, Tensor> Parts)
    {
        public override string ToString() =>
            $"{Name} {Scale} {string.Join(";", Layers)} {string.Join(";", Parts.OrderBy(p => p.Key))}";
    }

    private sealed record Dense(Tensor Weights, Tensor? Bias);

    private sealed record Model(string Name, Dense[] Layers, Key Seed, double Rate);

    private sealed record Tall(Tensor Weights, string Name)
    {
        public Tensor? Extra { get; init; }

        public string Note { get; init; } = "";

        public Tensor Twice => Weights * 2;
    }

    private sealed record Options
    {
        public required Tensor Scale { get; init; }

        public required Tensor Shift { get; init; }

        public int Count { get; init; }
    }

    private record Parent(Tensor A);

    private sealed record Derived(Tensor B, Tensor A) : Parent(A);

    /// <summary>What a type has, its values have not.</summary>
    private sealed record Named(Tensor Inner)
    {
        public static Tensor Shared { get; } = Tensor.Of(7.0);

        public static Named Empty { get; } = new(Shared);
    }

    private sealed record Cased(Tensor W, Tensor w);

    private readonly record struct Place(Tensor X, int Y);

    private record struct Changing(Tensor X, Tensor Y);

    private sealed class Plain(Tensor first, Tensor second)
    {
        public Tensor First { get; } = first;

        public Tensor Second => second;
    }

    private sealed class Hidden
    {
        private readonly Tensor _inner;

        public Hidden(Tensor inner) => _inner = inner;

        public Tensor Inner => _inner;
    }

    private sealed record Widening(ImmutableArray<Tensor> Items)
    {
        public Widening(IEnumerable<Tensor> items, bool _) : this([.. items])
        {
        }
    }

    private sealed record Faces(
        IReadOnlyList<Tensor> List, IEnumerable<Tensor> Items, IReadOnlyCollection<Tensor> Empty,
        IReadOnlyDictionary<string, Tensor> Map);

    private sealed record Maybe(Place? One, Place? None);

    private sealed record Static(
        Tensor X, int A, double B, string C, bool D, DayOfWeek E, DType F, Shape G, Type H,
        Func<double, double> I, int[] J, Queue<int> K);

    private sealed record Chain(Tensor Head, Chain? Tail);

    private sealed record Knot(Tensor X, List<Knot> Next);

    private sealed class Mutable
    {
        public Tensor? X { get; set; }
    }

    private sealed class Field
    {
        public Tensor? X;
    }

    private sealed class Unmatched(Tensor weights)
    {
        public Tensor Scaled(Tensor x) => x * weights;
    }

    private sealed record Cached(Tensor X)
    {
        public Tensor Twice { get; } = X * 2;
    }

    private sealed record Secret(int Size)
    {
        private readonly Tensor state = Tensor.Of(1.0);

        public Tensor Step() => state * Size;
    }

    private sealed class Box(object content)
    {
        public override string ToString() => $"{content}";
    }
}
