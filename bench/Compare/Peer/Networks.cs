using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DistGrad.Compare.Peers;

/// <summary>Convolutions, recurrence and attention.</summary>
internal static class Networks
{
    public static Side Cnn(Inputs data)
    {
        var (x, y) = (data["x"], data["y"]);
        Tensor[] filters = [data.Parameter("f0"), data.Parameter("c0"), data.Parameter("f1"), data.Parameter("c1")];
        var layers = data.Layers();
        return Side.Training(
            [.. filters, .. layers],
            () =>
            {
                var maps = F.max_pool2d(F.relu(F.conv2d(x, filters[0], filters[1])), 2);
                maps = F.max_pool2d(F.relu(F.conv2d(maps, filters[2], filters[3])), 2);
                return F.cross_entropy(Table.Apply(layers, maps.flatten(1), t => F.relu(t)), y);
            },
            Table.Shown);
    }

    public static Side LstmFused(Inputs data)
    {
        var (x, v) = (data["x"], data["v"]);
        var layer = nn.LSTM(x.shape[2], v.shape[1]);
        Tensor[] parameters = Set(data, layer, "_l0");
        return Side.Training(parameters, () => layer.call(x).Item1.square().mean());
    }

    public static Side LstmCells(Inputs data)
    {
        var (x, v) = (data["x"], data["v"]);
        var cell = nn.LSTMCell(x.shape[2], v.shape[1]);
        Tensor[] parameters = Set(data, cell, "");
        var start = zeros(x.shape[1], v.shape[1]);
        return Side.Training(parameters, () =>
        {
            var shown = new List<Tensor>();
            var state = (start, start);
            foreach (var input in x.unbind())
            {
                state = cell.call(input, state);
                shown.Add(state.Item1);
            }
            return stack(shown).square().mean();
        });
    }

    public static Side Transformer(Inputs data)
    {
        var x = data["x"];
        const int Heads = 4;
        var width = x.shape[2];
        // Queries, keys and values are one product, as in the library's own module.
        string[] parts = ["q", "k", "v"];
        Tensor[] p =
        [
            data.Parameter("g0"), data.Parameter("s0"),
            cat([.. parts.Select(n => data[$"{n}w"].t())]).contiguous().requires_grad_(),
            cat([.. parts.Select(n => data[$"{n}b"])]).requires_grad_(),
            data.Weights("ow"), data.Parameter("ob"), data.Parameter("g1"), data.Parameter("s1"),
            .. data.Layers(),
        ];
        return Side.Training(
            p,
            () =>
            {
                var heads = F.linear(F.layer_norm(x, [width], p[0], p[1], Works.Eps), p[2], p[3])
                    .view(x.shape[0], x.shape[1], 3, Heads, width / Heads).permute(2, 0, 3, 1, 4).unbind();
                var found = F.scaled_dot_product_attention(heads[0], heads[1], heads[2]);
                var h = x + F.linear(found.transpose(1, 2).reshape(x.shape), p[4], p[5]);
                var normal = F.layer_norm(h, [width], p[6], p[7], Works.Eps);
                var y = h + F.linear(F.gelu(F.linear(normal, p[8], p[9])), p[10], p[11]);
                return y.square().mean();
            },
            all => Table.Shown(
            [
                all[0], all[1],
                .. all[2].chunk(3).Zip(all[3].chunk(3)).SelectMany(p => new[] { p.First, p.Second }),
                .. all.Skip(4),
            ]));
    }

    private static Tensor[] Set(Inputs data, nn.Module layer, string suffix)
    {
        (string Mine, string Theirs)[] names =
            [("u", "weight_ih"), ("v", "weight_hh"), ("c", "bias_ih"), ("d", "bias_hh")];
        var parameters = layer.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        using (no_grad())
        {
            foreach (var (mine, theirs) in names)
                parameters[theirs + suffix].copy_(data[mine]);
        }
        return [.. names.Select(n => (Tensor)parameters[n.Theirs + suffix])];
    }
}
