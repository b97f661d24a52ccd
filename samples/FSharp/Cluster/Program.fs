/// A network learns a curve on a silo of this program's own, with the same bits as without any.
module Cluster

open System.Collections.Generic
open System.Net
open System.Net.Sockets
open System.Threading.Tasks
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Hosting
open Microsoft.Extensions.Logging
open Orleans
open Orleans.Hosting
open DistGrad
open DistGrad.Distributed
open DistGrad.FSharp
open DistGrad.Learn

// A model is any immutable value of tensors. No silo needs to know its type: what travels are closed programs.
type Network = { Hidden: Tensor; Bias: Tensor; Output: Tensor }

// So is a batch, whose first axis goes through the examples.
type Points = { X: Tensor; Y: Tensor }

let predict network (x: Tensor) = tanh (x *@ network.Hidden + network.Bias) *@ network.Output

let loss network points = Loss.SquaredError(predict network points.X, points.Y)

let plan =
    let x = matrix [ for i in -200 .. 199 -> [ 0.015 * float i ] ]
    let points = { X = x; Y = (sin x).Flatten() }
    let forHidden, forOutput = Key.Of(3L).Split()
    let start =
        { Hidden = Tensor.Normal(forHidden, Shape.Of(1, 16), DType.Float64)
          Bias = Tensor.Zeros(Shape.Of 16, DType.Float64)
          Output = 0.1 * Tensor.Normal(forOutput, Shape.Of 16, DType.Float64) }
    let optimiser = Optimiser.Adam(Schedule.Cosine(0.02, 600))
    TrainingPlan.Of(start, DataSet.Of points, loss, optimiser, TrainingOptions(Batch = 100, Epochs = 150))

let freePort () =
    use listener = new TcpListener(IPAddress.Loopback, 0)
    listener.Start()
    (listener.LocalEndpoint :?> IPEndPoint).Port

/// A silo is any host with Orleans; AddDistGrad makes it one that trains.
let silo () =
    let builder = Host.CreateApplicationBuilder()
    builder.Logging.ClearProviders() |> ignore
    builder.UseOrleans(fun (silo: ISiloBuilder) -> silo.UseLocalhostClustering(freePort (), freePort ()) |> ignore)
    |> ignore
    builder.Services.AddDistGrad() |> ignore
    builder.Build()

/// Does something with each item as it comes: what C# writes as `await foreach`.
let iterate (action: 'T -> unit) (items: IAsyncEnumerable<'T>) : Task =
    task {
        use items = items.GetAsyncEnumerator()
        while! items.MoveNextAsync() do
            action items.Current
    }

let train () =
    task {
        use host = silo ()
        do! host.StartAsync()
        let cluster = host.Services.GetRequiredService<IGrainFactory>()
        // Ctrl-C ends the run, on all silos.
        let stop = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping
        let! run = cluster.TrainAsync(plan, cancellation = stop)
        do!
            run.Progress stop
            |> iterate (fun p -> if p.Step % 100L = 0L then printfn $"step %3d{p.Step}/{p.Steps}: loss %.6f{p.Loss}")
        let! trained = run.Completion
        do! host.StopAsync()
        return trained
    }

[<EntryPoint>]
let main _ =
    let trained = train().GetAwaiter().GetResult()
    for x in [ 0.5; 1.0; 1.5 ] do
        printfn $"sin %.1f{x} is %.3f{sin x}, and was learnt as %.3f{(predict trained.Model (tensor [ x ])).Item()}"
    let isSame = plan.TrainHere().Digest = trained.Digest
    printfn $"""without a cluster: {if isSame then "the same bits" else "OTHER BITS"}"""
    if isSame then 0 else 1
