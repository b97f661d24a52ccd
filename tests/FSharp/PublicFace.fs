/// What the public face of the C# library must not have, since F# cannot use it or is hurt by it.
module DistGrad.FSharp.Tests.PublicFace

open System
open System.Reflection
open System.Runtime.CompilerServices
open Xunit
open DistGrad

let private types = typeof<Tensor>.Assembly.GetExportedTypes()

let private all = BindingFlags.Public ||| BindingFlags.Instance ||| BindingFlags.Static ||| BindingFlags.DeclaredOnly

let private methods =
    [ for t in types do
          for m in t.GetMethods all do
              if not (m.IsDefined(typeof<CompilerGeneratedAttribute>, false)) then
                  m :> MethodBase
          for c in t.GetConstructors() do
              c :> MethodBase ]

let private name (m: MethodBase) = $"{m.DeclaringType.Name}.{m.Name}"

let private parameters = [ for m in methods do for p in m.GetParameters() -> m, p ]

let private isGeneric (definitions: Type list) (t: Type) =
    t.IsGenericType && List.contains (t.GetGenericTypeDefinition()) definitions

let private none (offenders: string list) = Assert.Empty offenders

[<Fact>]
let ``the library is looked at`` () =
    Assert.True(types.Length > 20)
    Assert.True(methods.Length > 200)
    Assert.True(parameters.Length > 200)

[<Fact>]
let ``a tensor is not ordered`` () =
    none
        [ for t in types do
              for i in t.GetInterfaces() do
                  if i = typeof<IComparable> || isGeneric [ typedefof<IComparable<_>> ] i then
                      if not t.IsEnum then $"{t.Name} is {i.Name}" ]

[<Fact>]
let ``a params is an array`` () =
    none
        [ for m, p in parameters do
              let attributes = p.GetCustomAttributesData() |> Seq.map (fun a -> a.AttributeType.Name)
              if Seq.contains "ParamCollectionAttribute" attributes then
                  $"{name m}: {p.Name}" ]

// The words that F# reserves, as its specification lists them; those that only older versions reserved are fine.
let private keywords =
    set
        (("abstract and as assert base begin class const default delegate do done downcast downto elif else end "
          + "exception extern false finally fixed for fun function global if in inherit inline interface internal lazy "
          + "let match "
          + "member module mutable namespace new not null of open or override private public rec return sig static "
          + "struct then to true try type upcast use val void when while with yield break checked component constraint "
          + "include mixin parallel process protected pure sealed tailcall trait virtual")
            .Split ' ')

[<Fact>]
let ``no parameter is named by a keyword`` () =
    none [ for m, p in parameters do if keywords.Contains p.Name then $"{name m}: {p.Name}" ]

[<Fact>]
let ``no property or method is named by a keyword`` () =
    none [ for t in types do for m in t.GetMembers all do if keywords.Contains m.Name then $"{t.Name}.{m.Name}" ]

[<Fact>]
let ``extensions are methods`` () =
    none
        [ for t in types do
              for nested in t.GetNestedTypes() do
                  if nested.IsDefined(typeof<ExtensionAttribute>, false) then $"{t.Name}.{nested.Name}" ]

[<Fact>]
let ``no method gives a struct tuple`` () =
    none
        [ for m in methods do
              match m with
              | :? MethodInfo as m when m.ReturnType.Name.StartsWith "ValueTuple`" -> name m
              | _ -> () ]

[<Fact>]
let ``a function that gives a struct tuple has a twin that gives a tuple`` () =
    let gives (tuple: string) (p: ParameterInfo) =
        p.ParameterType.Name.StartsWith "Func`"
        && (Array.last (p.ParameterType.GetGenericArguments())).Name.StartsWith(tuple + "`")
    let hasTwin m (p: ParameterInfo) =
        parameters |> List.exists (fun (other, q) -> name other = name m && q.Name = p.Name && gives "Tuple" q)
    none [ for m, p in parameters do if gives "ValueTuple" p && not (hasTwin m p) then $"{name m}: {p.Name}" ]

// F# infers the type of a lambda's argument from what stands before the lambda.
[<Fact>]
let ``data come before the functions of them`` () =
    let isFunction (p: ParameterInfo) = p.ParameterType.Name.StartsWith "Func`"
    let rec mentions (t: Type) (inside: Type) =
        inside = t || inside.IsGenericType && Array.exists (mentions t) (inside.GetGenericArguments())
    none
        [ for m in methods do
              let all = m.GetParameters()
              let data = all |> Array.filter (isFunction >> not)
              for f in Array.filter isFunction all do
                  let arguments = f.ParameterType.GetGenericArguments()
                  for t in Array.truncate (arguments.Length - 1) arguments do
                      let places = [ for d in data do if mentions t d.ParameterType then d.Position ]
                      if t.IsGenericParameter && not places.IsEmpty && List.min places > f.Position then
                          $"{name m}: {f.Name} comes before {t.Name}" ]

[<Fact>]
let ``nothing asks for F#'s own types`` () =
    none [ for m, p in parameters do if p.ParameterType.Namespace = "Microsoft.FSharp.Core" then $"{name m}: {p.Name}" ]

[<Fact>]
let ``nothing relies on the text of an argument`` () =
    none
        [ for m, p in parameters do
              if p.IsDefined(typeof<CallerArgumentExpressionAttribute>, false) then $"{name m}: {p.Name}" ]
