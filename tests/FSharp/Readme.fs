/// The F# of README.md, which says what it prints.
module DistGrad.FSharp.Tests.Readme

open System
open System.IO
open System.Text.RegularExpressions
open Xunit

let private printed = Collections.Generic.List<string>()

let private printfn format = Printf.kprintf printed.Add format

module Example =
    open DistGrad
    open DistGrad.FSharp

    type Line = { Slope: Tensor; Offset: Tensor }

    let predict line (x: Tensor) = line.Slope * x + line.Offset

    let loss (x: Tensor) (y: Tensor) line = Tensor.Square(predict line x - y).Mean()

    let train x y start =
        let step = compile (fun line -> Tree.Map(line, grad (loss x y) line, fun p g -> p - 0.1 * g))
        Seq.fold (fun line _ -> step line) start (seq { 1..200 })

    let cube (x: Tensor) = x * x * x

    let run () =
        let x, y = tensor [ 0.0; 1.0; 2.0; 3.0 ], tensor [ 1.0; 3.0; 5.0; 7.0 ]
        let line = train x y { Slope = scalar 0.0; Offset = scalar 0.0 }
        printfn $"%.3f{line.Slope.Item()} x + %.3f{line.Offset.Item()}"
        printfn $"{vmap (grad cube) x}"
        printfn $"{hessian (fun x -> (cube x).Sum()) (tensor [ 1.0; 2.0 ])}"
        printfn $"{(trace (grad (grad (fun x -> x ** 3.0 * sin x))) (scalar 1.0)).ToMath()}"

module Cluster =
    open DistGrad
    open DistGrad.Distributed
    open DistGrad.FSharp
    open DistGrad.Learn
    open Orleans
    open Example

    type Points = { X: Tensor; Y: Tensor }

    let plan (points: Points) =
        let start = { Slope = scalar 0.0; Offset = scalar 0.0 }
        let options = TrainingOptions(Batch = 4, Epochs = 200)
        TrainingPlan.Of(start, DataSet.Of points, (fun line p -> loss p.X p.Y line), Optimiser.Sgd 0.1, options)

    let train (cluster: IGrainFactory) points stop =
        task {
            let! run = cluster.TrainAsync(plan points, silos = 3, cancellation = stop)
            let! trained = run.Completion
            return trained.Model
        }

let rec private root (folder: DirectoryInfo) =
    if File.Exists(Path.Combine(folder.FullName, "DistGrad.sln")) then folder.FullName else root folder.Parent

[<Fact>]
let ``the readme says what its F# prints`` () =
    let file = Path.Combine(root (DirectoryInfo AppContext.BaseDirectory), "README.md")
    let text = File.ReadAllText(file).ReplaceLineEndings "\n"
    let said = Regex.Match(text, "```fsharp\n[^`]*```\n```text\n([^`]*)\n```")
    Assert.True(said.Success, "README.md has F# code with its output directly after it")
    Example.run ()
    Assert.Equal(said.Groups[1].Value, String.Join("\n", printed))
