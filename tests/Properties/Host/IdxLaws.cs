using DistGrad.Distributed;
using DistGrad.Host;
using DistGrad.Host.Data;
using Xunit;

namespace DistGrad.Properties.Host;

public class IdxLaws
{
    private const string TestImages = "t10k-images-idx3-ubyte", TestLabels = "t10k-labels-idx1-ubyte";

    [Theory]
    [InlineData("")]
    [InlineData(".gz")]
    public void BothPartsAreReadAsTheyAre(string ending)
    {
        using var files = new IdxFiles();
        files.WritePart("train", 12, ending);
        files.WritePart("t10k", 3, ending);
        var data = Idx.OpenFolder(files.Folder);
        Assert.Equal((12, 3), (data.Train.Count, data.Test.Count));
        Assert.Equal(11, data.Train.Load().Pixels(11)[783]);
        Assert.Equal(1, data.Train.Load().Labels[11]);
    }

    [Fact]
    public void OfTheTestPartAloneFourFifthsTrain()
    {
        using var files = new IdxFiles();
        files.WritePart("t10k", 20, ".gz");
        var data = Idx.OpenFolder(files.Folder);
        Assert.Equal((16, 4), (data.Train.Count, data.Test.Count));
        Assert.Equal(16, data.Test.Load().Pixels(0)[0]);
        Assert.Equal(6, data.Test.Load().Labels[0]);
    }

    [Fact]
    public void PlainAndCompressedFilesGiveTheSameArrays()
    {
        using var files = new IdxFiles();
        using var compressed = new IdxFiles();
        files.WritePart("t10k", 200);
        compressed.WritePart("t10k", 200, ".gz");
        long[] numbers = [3, 159, 0, 3, 77];
        var (plain, other) = (Opened(files), Opened(compressed));
        Assert.Equal((160, 160), (plain.Count, other.Count));
        var (read, again) = (plain.Read(numbers), other.Read(numbers));
        Assert.Equal(read, again);
        Assert.Equal(numbers.Select(n => n % 10), read[1].AsSpan<long>().ToArray());
        Assert.Equal(
            numbers.Select(n => n / 255f), Enumerable.Range(0, 5).Select(i => read[0].AsSpan<float>()[i * 784]));
    }

    [Fact]
    public void OfAPlainFileOnlyWhatIsAskedForIsRead()
    {
        const int Count = 100_000;
        using var files = new IdxFiles();
        files.WritePart("t10k", Count);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var batch = Opened(files).Read([70_007, 5]);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal([7L, 5], batch[1].AsSpan<long>().ToArray());
        Assert.Equal(70_007 % 256 / 255f, batch[0].AsSpan<float>()[783]);
        // The labels are held, a byte each; the images have 784 times as many.
        Assert.InRange(allocated, Count, 3 * Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".gz")]
    public void ATruncatedFileIsRefusedWhenASiloOpensIt(string ending)
    {
        using var files = new IdxFiles();
        files.WritePart("t10k", 10, ending);
        files.Write(TestImages + ending, IdxFiles.Images(10)[..^1]);
        var error = Assert.Throws<TrainingException>(() => Opened(files));
        Assert.Contains("7839 bytes follow the header", error.Message, StringComparison.Ordinal);
    }

    private static IExamples Opened(IdxFiles files) =>
        new IdxSource().Open(new(IdxSource.Known, files.Folder, Count: 0));

    public static TheoryData<string, string, byte[]> Damages => new()
    {
        { TestImages, "magic number is 0x00000801", IdxFiles.Images(10, magic: 0x801) },
        { TestImages, "bytes follow the header", IdxFiles.Images(10)[..^1] },
        { TestImages, "bytes follow the header", [.. IdxFiles.Images(10), 0] },
        { TestImages, "too few for the header", IdxFiles.Images(10)[..9] },
        { TestImages, "too few for the header", [] },
        { TestImages, "9 images, but 10 labels", IdxFiles.Images(9) },
        { TestImages, "images of 27 by 27", IdxFiles.Images(10, side: 27) },
        { TestImages, "dimensions that no file has", [0, 0, 8, 3, 255, 255, 255, 255, 0, 0, 0, 28, 0, 0, 0, 28] },
        { TestImages, "dimensions that no file has", [0, 0, 8, 3, .. Enumerable.Repeat((byte)127, 12)] },
        { TestLabels, "magic number is 0x00000803", IdxFiles.Labels(10, magic: 0x803) },
        { TestLabels, "label 9 is 10", [.. IdxFiles.Labels(10)[..^1], 10] },
        { TestLabels, "10 images, but 11 labels", IdxFiles.Labels(11) },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void ADamagedFileIsNamedWithWhatIsWrong(string file, string complaint, byte[] bytes)
    {
        using var files = new IdxFiles();
        files.WritePart("t10k", 10);
        files.Write(file, bytes);
        var error = Assert.Throws<UserException>(() => Idx.OpenFolder(files.Folder));
        Assert.Contains("t10k-", error.Message, StringComparison.Ordinal);
        Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void ATornArchiveIsAnErrorOfTheUser()
    {
        using var files = new IdxFiles();
        files.WritePart("t10k", 10, ".gz");
        var file = Path.Combine(files.Folder, TestImages + ".gz");
        var whole = File.ReadAllBytes(file);
        foreach (var torn in new[] { whole[..(whole.Length / 2)], whole[..5], [1, 2, 3, .. whole] })
        {
            File.WriteAllBytes(file, torn);
            var error = Assert.Throws<UserException>(() => Idx.OpenFolder(files.Folder));
            Assert.Contains(file, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(TestImages, "but not the images")]
    [InlineData(TestLabels, "but not the labels")]
    public void AMissingFileIsNamed(string missing, string complaint)
    {
        using var files = new IdxFiles();
        files.WritePart("t10k", 10);
        File.Delete(Path.Combine(files.Folder, missing));
        var error = Assert.Throws<UserException>(() => Idx.OpenFolder(files.Folder));
        Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
    }
}
