/// F# values as trees: each kind gives its leaves in order and is rebuilt equal to what it was.
module DistGrad.FSharp.Tests.Trees

open System
open System.Collections.Generic
open Xunit
open DistGrad
open DistGrad.Trees

type Layer = { weights: Tensor; bias: Tensor option; Activation: string }
type Model = { name: string; layers: Layer list; scale: Tensor voption }
type Cased = { W: Tensor; w: Tensor; Second: Tensor; first: Tensor }
type Generic<'a> = { content: 'a; count: int }
type Hidden = private { secret: Tensor; size: int }
type private Local = { local: Tensor; other: Tensor }
type Applied = { apply: Tensor -> Tensor; slope: Tensor }

[<Struct>]
type Point = { x: Tensor; y: Tensor }

[<CLIMutable>]
type Stored = { stored: Tensor; rate: float }

type Activation =
    | Relu
    | Tanh

type Part =
    | Dense of weights: Tensor * bias: Tensor
    | Dropout of rate: float
    | Plain of Tensor
    | Two of Tensor * Tensor
    | Nothing
    | Act of Activation

type Chain =
    | End
    | Link of Tensor * Chain

type Expr =
    | Just of Tensor
    | Sum of left: Expr * right: Expr
    | Scaled of Expr list * by: float

type Single = Single of Tensor * Tensor
type TwoCases<'a> =
    | First of 'a
    | Second of 'a * Tensor

[<Struct>]
type Flat =
    | Here of here: Tensor
    | There of there: Tensor * count: int
    | Nowhere

[<CompilationRepresentation(CompilationRepresentationFlags.UseNullAsTrueValue)>]
type Nullish =
    | Absent
    | Present of Tensor

type Secret =
    private
    | Closed of Tensor
    | Open of Tensor * int

type private LocalUnion =
    | A of Tensor
    | B of Tensor * Tensor

type Mutable = { mutable state: Tensor }

type Class(weights: Tensor, bias: Tensor) =
    member _.Weights = weights
    member _.Bias = bias

type Opaque(weights: Tensor) =
    member _.Apply(x: Tensor) = x * weights

let private t (x: float) = Tensor.Of x
let private one, two, three, four = t 1.0, t 2.0, t 3.0, t 4.0

let private layer b : Layer = { weights = one; bias = b; Activation = "relu" }
let private double (x: Tensor) = x * 2.0

/// A value of each kind and the paths of its leaves.
let private specimens: (obj * string list) list =
    [ layer (Some two), [ "weights"; "bias.Some.value" ]
      layer None, [ "weights" ]
      { name = "net"; layers = [ layer (Some two); layer None ]; scale = ValueSome three },
      [ "layers[0].weights"; "layers[0].bias.Some.value"; "layers[1].weights"; "scale.Some.value" ]
      { name = "net"; layers = [ layer None ]; scale = ValueNone }, [ "layers[0].weights" ]
      { W = one; w = two; Second = three; first = four }, [ "W"; "w"; "Second"; "first" ]
      { content = [| one; two |]; count = 2 }, [ "content[0]"; "content[1]" ]
      { secret = one; size = 3 }, [ "secret" ]
      { local = one; other = two }, [ "local"; "other" ]
      { x = one; y = two }, [ "x"; "y" ]
      { stored = one; rate = 0.5 }, [ "stored" ]
      { apply = double; slope = one }, [ "slope" ]
      (one, 2, two), [ "item1"; "item3" ]
      struct (one, 2, two), [ "item1"; "item3" ]
      (one, 2, 3, 4, 5, 6, 7, two, 9, three), [ "item1"; "item8"; "item10" ]
      struct (one, 2, 3, 4, 5, 6, 7, two, 9, three), [ "item1"; "item8"; "item10" ]
      [ one; two ], [ "[0]"; "[1]" ]
      [| one; two |], [ "[0]"; "[1]" ]
      ResizeArray [ one; two ], [ "[0]"; "[1]" ]
      [ [ one ]; []; [ two ] ], [ "[0][0]"; "[2][0]" ]
      Some one, [ "Some.value" ]
      ValueSome one, [ "Some.value" ]
      [ Some one; None; Some two ], [ "[0].Some.value"; "[2].Some.value" ]
      [ ValueNone; ValueSome two ], [ "[1].Some.value" ]
      Some(Some one), [ "Some.value.Some.value" ]
      Map [ "b", one; "a", two; "B", three ], [ "[\"B\"]"; "[\"a\"]"; "[\"b\"]" ]
      Map [ (2, "x"), one; (1, "y"), two ], [ "[(1, y)]"; "[(2, x)]" ]
      Map [ Tanh, one; Relu, two ], [ "[Relu]"; "[Tanh]" ]
      Dictionary(dict [ "b", one; "a", two ]), [ "[\"a\"]"; "[\"b\"]" ]
      Dense(one, two), [ "Dense.weights"; "Dense.bias" ]
      Plain one, [ "Plain.item" ]
      Two(one, two), [ "Two.item1"; "Two.item2" ]
      [ Dropout 0.5; Plain one; Nothing; Act Tanh ], [ "[1].Plain.item" ]
      Link(one, Link(two, End)), [ "Link.item1"; "Link.item2.Link.item1" ]
      Sum(Just one, Scaled([ Just two; Sum(Just three, Just four) ], 2.0)),
      [ "Sum.left.Just.item"
        "Sum.right.Scaled.item1[0].Just.item"
        "Sum.right.Scaled.item1[1].Sum.left.Just.item"
        "Sum.right.Scaled.item1[1].Sum.right.Just.item" ]
      Single(one, two), [ "Single.item1"; "Single.item2" ]
      TwoCases.First one, [ "First.item" ]
      TwoCases.Second([ one ], two), [ "Second.item1[0]"; "Second.item2" ]
      Here one, [ "Here.here" ]
      [ There(one, 2); Nowhere ], [ "[0].There.there" ]
      [ Present one; Absent ], [ "[0].Present.item" ]
      Closed one, [ "Closed.item" ]
      Open(one, 2), [ "Open.item1" ]
      A one, [ "A.item" ]
      B(one, two), [ "B.item1"; "B.item2" ]
      {| Weights = one; bias = two; size = 3 |}, [ "Weights"; "bias" ]
      struct {| Weights = one; bias = two |}, [ "Weights"; "bias" ]
      {| layers = [ {| w = Some one |}; {| w = None |} ] |}, [ "layers[0].w.Some.value" ]
      (Ok one: Result<Tensor, string>), [ "Ok.ResultValue" ]
      (Choice2Of2 one: Choice<int, Tensor>), [ "Choice2Of2.item" ]
      [ Map [ 1, ([| Dense(one, two) |], struct (Some three, "s")) ] ],
      [ "[0][1].item1[0].Dense.weights"; "[0][1].item1[0].Dense.bias"; "[0][1].item2.item1.Some.value" ] ]

let kinds = TheoryData<int>(seq { 0 .. specimens.Length - 1 })

[<Theory; MemberData(nameof kinds)>]
let ``each kind gives its leaves in order and is rebuilt`` (index: int) =
    let value, paths = specimens[index]
    let flat = Tree.Flatten value
    Assert.Equal<string>(paths, flat.Paths)
    let built = flat.Unflatten flat.Leaves
    Assert.Equal(value.GetType(), built.GetType())
    match value with
    | :? ResizeArray<Tensor>
    | :? Dictionary<string, Tensor>
    | :? Applied -> () // equal to themselves only
    | _ -> Assert.True(Unchecked.equals value built, $"{built} is not {value}")
    let again = Tree.Flatten built
    Assert.Equal(flat.Structure, again.Structure)
    Assert.All(Seq.zip flat.Leaves again.Leaves, fun (x, y) -> Assert.Same(x, y))

[<Theory; MemberData(nameof kinds)>]
let ``other leaves go where the first came from`` (index: int) =
    let value, paths = specimens[index]
    let flat = Tree.Flatten value
    let others = [ for i in 1 .. paths.Length -> t (float -i) ]
    let again = Tree.Flatten(flat.Unflatten others)
    Assert.Equal(flat.Structure, again.Structure)
    Assert.All(Seq.zip others again.Leaves, fun (x, y) -> Assert.Same(x, y))

let private swap (x: Tensor) = if Object.ReferenceEquals(x, one) then two else one

[<Fact>]
let ``members are those that their paths name`` () =
    let cased = Tree.Map({ W = one; w = two; Second = one; first = two }, swap)
    Assert.Equal({ W = two; w = one; Second = two; first = one }, cased)
    Assert.Equal(Dense(two, one), Tree.Map(Dense(one, two), swap))
    Assert.Equal(Link(one, Link(two, End)), Tree.Map(Link(two, Link(one, End)), swap))
    Assert.Equal({| a = two; b = one |}, Tree.Map({| a = one; b = two |}, swap))
    let leaves = Tree.Leaves {| b = one; a = two |}
    Assert.Equal<Leaf>([ Leaf("a", two); Leaf("b", one) ], leaves)

[<Fact>]
let ``a lambda maps two trees`` () =
    let sum = Tree.Map([ one; two ], [ three; four ], fun x y -> if x = one then y else x)
    Assert.Equal<Tensor list>([ three; two ], sum)

[<Fact>]
let ``a class is rebuilt by its constructor`` () =
    let built = Tree.Map(Class(one, two), swap)
    Assert.Same(two, built.Weights)
    Assert.Same(one, built.Bias)

[<Fact>]
let ``a function in a record is carried over`` () =
    let built = Tree.Map({ apply = double; slope = one }, swap)
    Assert.Same(two, built.slope)

[<Fact>]
let ``long lists and deep unions need no call stack`` () =
    let list = List.init 100_000 (fun _ -> one)
    Assert.Equal<Tensor list>(List.init 100_000 (fun _ -> two), Tree.Map(list, swap))
    let chain = List.foldBack (fun x rest -> Link(x, rest)) list End
    Assert.Equal(100_000, (Tree.Flatten(Tree.Map(chain, swap))).Leaves.Length)

let private refused (value: 'a) (words: string list) =
    let error = Assert.Throws<TreeException>(fun () -> Tree.Flatten value |> ignore)
    for word in words do
        Assert.Contains(word, error.Message)

[<Fact>]
let ``what could not be rebuilt is refused with a hint`` () =
    refused (ResizeArray [ { state = one } ]) [ "[0]"; "Mutable"; "state"; "mutable fields" ]
    refused { content = seq { yield one }; count = 1 } [ "content"; "collection"; "list" ]
    refused (ref one) [ "FSharpRef<Tensor>"; "record" ]
    refused (lazy one) [ "Lazy<Tensor>" ]
    refused (Opaque one) [ "Opaque"; "weights"; "property" ]
    refused (Array2D.create 1 1 one) [ "Tensor[,]" ]
    refused (Dropout 0.5) [ "Part"; "no tensor" ]
    refused (None: Tensor option) [ "no tensor" ]
    refused ([]: Tensor list) [ "no tensor" ]
    refused [ Dropout 0.5; Nothing ] [ "no tensor" ]

[<Fact>]
let ``trees of different cases differ`` () =
    let differ (x: 'a) (y: 'a) (words: string list) =
        Assert.NotEqual((Tree.Flatten x).Structure, (Tree.Flatten y).Structure)
        let error = Assert.Throws<TreeException>(fun () -> Tree.Map(x, y, fun x _ -> x) |> ignore)
        for word in words do
            Assert.Contains(word, error.Message)
    differ [ Plain one; Nothing ] [ Plain one; Dropout 0.5 ] [ "[1]"; "Nothing"; "Dropout" ]
    differ [ Plain one; Dropout 0.25 ] [ Plain one; Dropout 0.5 ] [ "[1].Dropout.rate"; "0.25"; "0.5" ]
    differ [ Some one; None ] [ Some one; Some two ] [ "[1]"; "null" ]
    differ (Here one) (There(one, 1)) [ "Here"; "There" ]
