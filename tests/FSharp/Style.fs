/// What else makes the library pleasant from F#: inference, lambdas, errors and print.
module DistGrad.FSharp.Tests.Style

open System.Runtime.CompilerServices
open System
open System.Diagnostics
open System.Reflection
open Xunit
open DistGrad
open DistGrad.FSharp
open DistGrad.FSharp.Tests.Near

type Line = { Slope: Tensor; Offset: Tensor }

let private line = { Slope = scalar 2.0; Offset = scalar 1.0 }

type private Losses =
    static member Square(x: Tensor) = (x * x).Sum()

[<Fact>]
let ``data first lets the lambda's argument be inferred`` () =
    let result = Diff.ValueAndGrad(line, fun m -> m.Slope * 3.0 + m.Offset)
    near [ 7.0 ] result.Value
    near [ 3.0 ] result.Grad.Slope
    near [ 1.0 ] result.Grad.Offset
    near [ 3.0 ] (Diff.Grad(line, fun m -> m.Slope * 3.0 + m.Offset)).Slope
    let withAux = Diff.ValueAndGrad(line, fun m -> m.Slope * 3.0, m.Offset)
    near [ 1.0 ] withAux.Aux
    near [ 3.0 ] (Diff.Jvp(line, line, fun m -> m.Slope + m.Offset)).Tangent
    near [ 1.0 ] ((Diff.Vjp(line, fun m -> m.Slope + m.Offset)).Pullback.Invoke(scalar 1.0)).Slope
    let scanned = Flow.Scan(line, x64, fun carry x -> { carry with Slope = carry.Slope * x }, x)
    near [ 0.1875 ] scanned.Carry.Slope

[<Fact>]
let ``a let-bound function, a method and a partial application serve as delegates`` () =
    let square (x: Tensor) = (x * x).Sum()
    let scaled (k: float) (x: Tensor) = (k * x).Sum()
    near [ 0.5; 1.0; 1.5 ] (Diff.Grad(x64, square))
    near [ 0.5; 1.0; 1.5 ] (Diff.Grad(x64, fun x -> Losses.Square x))
    near [ 3.0; 3.0; 3.0 ] (Diff.Grad(x64, scaled 3.0))
    near [ 0.5; 1.0; 1.5 ] (Diff.Grad(square).Invoke x64)
    near [ 0.5; 1.0; 1.5 ] ((Diff.Compile(fun (x: Tensor) -> Diff.Grad(x, square))).Invoke x64)
    let product (x: Tensor) (y: Tensor) = x * y
    let dx, dy = Diff.Grad(product).Invoke(scalar 2.0, scalar 3.0)
    near [ 3.0 ] dx
    near [ 2.0 ] dy

[<Fact>]
let ``optional arguments may be left out and named`` () =
    near [ 1.5 ] (x64.Sum [| 0 |])
    near [ 1.5 ] (x64.Sum([ 0 ], keepDims = true))
    Assert.Equal(DType.Float64, Tensor.Zeros(Shape.Of(2, 3), dtype = DType.Float64).DType)
    shaped [ 3; 1 ] (x64.Reshape(3, 1))
    shaped [ 2; 3 ] (Tensor.Stack [ x64; x64 ])
    shaped [ 3; 2 ] (Tensor.Stack([ x64; x64 ], axis = 1))
    same (matrix [ [ 1.0; 2.0 ] ]) (Tensor.Of(array2D [ [ 1.0; 2.0 ] ]))

[<Fact>]
let ``a key splits into a tuple`` () =
    let first, second = Key.Of(1L).Split()
    Assert.NotEqual(first.Data, second.Data)
    same (Tensor.Normal(first, Shape.Of 2)) (Tensor.Normal((Key.Of(1L).Split 2)[0], Shape.Of 2))

let private raised (f: unit -> 'a) = (Assert.ThrowsAny<DistGradException>(Action(fun () -> f () |> ignore))).Message

// Inlined, its line would be its caller's.
[<MethodImpl(MethodImplOptions.NoInlining)>]
let private deep (x: Tensor) =
    x.Reshape(2, 2)

let private deepLine = string (int __LINE__ - 2)

[<Fact>]
let ``an error names the line of F# code that asked`` () =
    let at (line: string) message = Assert.EndsWith($"(Style.fs line {line})", message)
    at __LINE__ (raised (fun () -> x64 + x32))
    at __LINE__ (raised (fun () -> x64.MatMul(matrix [ [ 1.0 ] ])))
    at __LINE__ (raised (fun () -> x64[5]))
    at __LINE__ (raised (fun () -> x64.[1..5]))
    at __LINE__ (raised (fun () -> grad (fun x -> x * 2.0) x64))
    at __LINE__ (raised (fun () -> matrix [ [ 1.0 ]; [] ]))
    at __LINE__ (raised (fun () -> List.sum [ x64; x32 ]))
    at deepLine (raised (fun () -> grad (fun x -> (deep x).Sum()) x64))

[<Fact>]
let ``a key used twice names both lines of F# code`` () =
    let key = Key.Of 1L
    let first = __LINE__
    Tensor.Uniform(key, Shape.Of 2) |> ignore
    let message = raised (fun () -> Tensor.Normal(key, Shape.Of 2))
    Assert.Contains($"Style.fs line {int first + 1} ", message)
    Assert.Contains($"Style.fs line {int first + 2}:", message)

[<Fact>]
let ``tensors print as their values`` () =
    Assert.Equal("tensor([0.25, 0.5, 0.75])", string x64)
    Assert.Equal("tensor([0.25, 0.5, 0.75])", sprintf "%A" x64)
    Assert.Equal("tensor([0.5, 1.0, 1.5])", $"{2.0 * x64}")
    Assert.Equal("tensor([0.5, 1.0, 1.5])", sprintf "%A" (2.0 * x64))
    Assert.Equal("tensor([0.25, 0.5, 0.75] (float32))", sprintf "%A" x32)
    Assert.Equal("{ Slope = tensor(2.0)\n  Offset = tensor(1.0) }", sprintf "%A" line)
    Assert.Equal("[tensor(2.0); tensor(1.0)]", sprintf "%A" [ line.Slope; line.Offset ])
    Assert.Equal("(tensor(2.0), Some tensor(1.0))", sprintf "%A" (line.Slope, Some line.Offset))
    Assert.Equal("tensor([[1.0, 2.0],\n        [3.0, 4.0]])", sprintf "%A" (matrix [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ]))

// F# Interactive writes the public properties of a value behind it, but those a debugger is told not to show.
[<Fact>]
let ``F# Interactive finds no properties to print behind a value that prints itself`` () =
    for t in [ typeof<Tensor>; typeof<Value>; typeof<Lambda> ] do
        for property in t.GetProperties(BindingFlags.Public ||| BindingFlags.Instance) do
            let shown = property.GetCustomAttribute<DebuggerBrowsableAttribute>()
            Assert.True(not (isNull shown) && shown.State = DebuggerBrowsableState.Never, $"{t.Name}.{property.Name}")
