/// Plans as F# meets them: records as models and batches, let-bound functions as losses, options set by name.
module DistGrad.FSharp.Tests.Distributed

open Xunit
open DistGrad
open DistGrad.Distributed
open DistGrad.FSharp
open DistGrad.Learn

type Line = { Slope: Tensor; Offset: Tensor option }

type Points = { X: Tensor; Y: Tensor }

let private predict line (x: Tensor) =
    match line.Offset with
    | Some offset -> line.Slope * x + offset
    | None -> line.Slope * x

let private loss line points = Loss.SquaredError(predict line points.X, points.Y)

let private points =
    let x = [ for i in 0..40 -> 0.05 * float i ]
    { X = tensor x; Y = tensor [ for x in x -> 2.0 * x + 1.0 ] }

let private plan =
    let start = { Slope = scalar 0.0; Offset = Some(scalar 0.0) }
    TrainingPlan
        .Of(start, DataSet.Of points, loss, Optimiser.Adam 0.1, TrainingOptions(Batch = 16, Epochs = 100, Shards = 4))
        .WithMetric("distance", fun line points -> Tensor.Abs(predict line points.X - points.Y).Mean())

let private digest (trained: TrainedModel<Line>) = string trained.Digest

[<Fact>]
let ``a plan of a record is learnt, and gives it back`` () =
    let { Slope = slope; Offset = offset } = plan.TrainHere().Model
    Near.near [ 2.0; 1.0 ] (Tensor.Round(100.0 * Tensor.Stack([ slope; offset.Value ])) / 100.0)

[<Fact>]
let ``a plan gives the same bits each time and on any number of threads`` () =
    let once = digest (plan.TrainHere())
    Assert.Equal(once, digest (plan.TrainHere()))
    Assert.Equal(once, digest (plan.TrainHere(threads = 2)))

[<Fact>]
let ``each step is reported with the loss and the metric`` () =
    let mutable seen = []
    plan.TrainHere(report = fun progress -> seen <- progress :: seen) |> ignore
    Assert.Equal(plan.Steps, int64 seen.Length)
    Assert.Equal<int64 list>([ plan.Steps .. -1L .. 1L ], [ for p in seen -> p.Step ])
    Assert.All(seen, fun p -> Assert.InRange(p.Metrics["distance"] ** 2.0, 0.0, p.Loss + 1e-12))

[<Fact>]
let ``an example that is a scalar is an error that says so`` () =
    let error =
        Assert.Throws<TrainingException>(fun () -> DataSet.Of { X = scalar 1.0; Y = tensor [ 1.0 ] } |> ignore)
    Assert.Contains("same number of rows", error.Message)
